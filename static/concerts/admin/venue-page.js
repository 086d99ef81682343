/** The hall's form, its description and its drawing: whichever is edited, the others follow. */

import { $, h } from "../../common/dom.js";
import { gettext, interpolate } from "../../common/i18n.js";
import { number } from "../../common/money.js";
import { ask, Refused } from "./fetching.js";
import { Hall } from "./hall.js";
import { HallDrawing } from "./hall-drawing.js";
import { readSection, sectionFields, writePlan } from "./plan-text.js";

const PAUSE_MS = 350;

const page = /** @type {HTMLElement} */ (document.getElementById("build-hall"));
const text = $("textarea[name=plan]", page);
const list = $("[data-sections]", page);
/** @type {[name: keyof AdminHalls.SectionFields, label: string, maxlength: number][]} */
const FIELDS = [
  ["code", gettext("Code"), 20],
  ["name", gettext("Name"), 50],
  ["level", gettext("Level"), 2],
  ["rows", gettext("Rows"), 4_000],
  ["seats", gettext("Seats a row"), 4_000],
  ["aisles", gettext("Aisles after seats"), 400],
  ["accessible", gettext("Accessible seats"), 4_000],
];

/** @type {AbortController | null} */
let asking = null;
let timer = 0;

function planOfForm() {
  const field = (/** @type {string} */ name) => $(`[data-hall-field="${name}"]`, page).value.trim();
  const sections = [...list.children].map((row) => readSection(fieldsOf(row)));
  return { name: field("name"), city: field("city"), address: field("address"), sections };
}

/**
 * @param {HTMLElement} row
 * @returns {any}
 */
function fieldsOf(row) {
  return Object.fromEntries(FIELDS.map(([name]) => [name, $(`[data-field="${name}"]`, row).value]));
}

/** @param {AdminHalls.Plan} plan */
function fillForm(plan) {
  for (const name of /** @type {const} */ (["name", "city", "address"])) $(`[data-hall-field="${name}"]`, page).value = plan[name] ?? "";
  list.replaceChildren(...plan.sections.map((section) => sectionRow(sectionFields(section))));
}

/** @param {AdminHalls.SectionFields} values */
function sectionRow(values) {
  /** @type {HTMLElement} */
  const row = h("li.hall-section", {},
    FIELDS.map(([name, label, maxlength]) => h("label", {}, h("span", {}, label), h("input", { type: "text", maxlength, value: values[name], dataset: { field: name } }))),
    h("div.row", {},
      h("button.button", { type: "button", onclick: () => copy(row) }, gettext("Copy")),
      h("button.button", { type: "button", onclick: () => { row.remove(); formChanged(); } }, gettext("Remove"))));
  return row;
}

/** @param {HTMLElement} row */
function copy(row) {
  const section = readSection(fieldsOf(row));
  const fresh = sectionRow(sectionFields({ ...section, code: nextCode(section.code), name: "" }));
  row.after(fresh);
  $("input", fresh).focus();
  formChanged();
}

/**
 * A code that is not there yet: after A comes B, after 101 comes 102.
 *
 * @param {string} code
 */
function nextCode(code) {
  const taken = new Set([...list.querySelectorAll('[data-field="code"]')].map(({ value }) => value));
  let next = code || "A";
  do {
    next = /\d$/.test(next)
      ? next.replace(/\d+$/, (digits) => String(Number(digits) + 1))
      : /^[A-Y]$/.test(next) ? String.fromCharCode(next.charCodeAt(0) + 1) : `${next}2`;
  } while (taken.has(next));
  return next;
}

function formChanged() {
  text.value = writePlan(planOfForm());
  preview({ fillsForm: false });
}

/** @param {{fillsForm: boolean}} how */
function preview({ fillsForm }) {
  clearTimeout(timer);
  page.dataset.state = "waiting";
  timer = setTimeout(() => askPreview(fillsForm), PAUSE_MS);
}

/** @param {boolean} fillsForm */
async function askPreview(fillsForm) {
  asking?.abort();
  const mine = new AbortController();
  asking = mine;
  try {
    const answer = await ask(String(page.dataset.preview), { body: { plan: text.value }, signal: mine.signal });
    if (fillsForm) fillForm(answer.plan);
    show(answer);
  } catch (error) {
    if (mine.signal.aborted) return;
    refuse(error instanceof Refused ? error.message : gettext("The server cannot be reached; the drawing may be old."));
  }
}

/** @param {AdminHalls.Preview} answer */
function show({ plan, seat_count: count, drawing }) {
  say("");
  $("[data-summary]", page).textContent = interpolate(gettext("%(sections)s sections, %(seats)s seats."), { sections: plan.sections.length, seats: number(count) });
  page.dataset.state = "drawn";
  const box = $("[data-hall]", page);
  if (!drawing) {
    box.replaceChildren(h("p.quiet", {}, gettext("A hall of so many seats is not drawn; it can be built all the same.")));
    return;
  }
  const hall = new Hall(drawing);
  const picture = new HallDrawing(box, hall, { label: interpolate(gettext("Drawing of %(name)s"), { name: plan.name }) });
  picture.layer("available", Array(hall.size).keys());
  picture.layer("accessible", hall.accessible);
}

/** @param {string} words */
function refuse(words) {
  page.dataset.state = "refused";
  say(words);
}

/** @param {string} words */
function say(words) {
  $("[data-notice]", page).textContent = words;
}

page.addEventListener("input", (/** @type {any} */ { target }) => {
  if (target === text) preview({ fillsForm: true });
  else if (target.dataset.field || target.dataset.hallField) formChanged();
});
$("[data-add]", page).addEventListener("click", () => {
  const rows = [...list.children];
  const last = rows.at(-1);
  if (last) copy(last);
  else {
    list.append(sectionRow(sectionFields({ code: "A", rows: 10, seats: 20 })));
    formChanged();
  }
});
preview({ fillsForm: true });
