/** Grades in rows, sections in the drawing; both write the text that the form sends. */

import { $, h } from "../../common/dom.js";
import { gettext, interpolate } from "../../common/i18n.js";
import { number, won } from "../../common/money.js";
import { ask } from "./fetching.js";
import { Hall } from "./hall.js";
import { HallDrawing } from "./hall-drawing.js";
import { readPrices, writePrices } from "./price-text.js";

const COLOURS = ["#7c3aed", "#c2410c", "#0f766e", "#1d4ed8", "#a21caf", "#4d7c0f"];

const page = /** @type {HTMLElement} */ (document.getElementById("prices"));
const text = $("textarea[name=prices]", page);
const hall = new Hall(await ask(String(page.dataset.drawing)));
const seatsOf = new Map(hall.sections.map(({ code, first, end }) => [code, end - first]));
const canChange = page.dataset.canChange === "yes";

let grades = readPrices(text.value);
let brush = 0;

const drawing = new HallDrawing($("[data-hall]", page), hall, {
  label: gettext("Sections by grade"),
  onPick: canChange ? (seat) => paint(hall.sections[hall.sectionOf[seat]].code) : undefined,
});

/**
 * Give a section the grade of the brush, or take it away where it has that one.
 *
 * @param {string} code
 */
function paint(code) {
  if (!grades[brush]) return;
  assign(code, grades[brush].sections.includes(code) ? -1 : brush);
}

/**
 * @param {string} code
 * @param {number} at  the grade's place; -1 for none
 */
function assign(code, at) {
  grades.forEach((grade, i) => {
    grade.sections = grade.sections.filter((one) => one !== code);
    if (i === at) grade.sections.push(code);
  });
  sortSections();
  write();
  show();
}

function sortSections() {
  const place = new Map(hall.sections.map(({ code }, i) => [code, i]));
  for (const grade of grades) grade.sections.sort((one, other) => (place.get(one) ?? 0) - (place.get(other) ?? 0));
}

function write() {
  text.value = writePrices(grades);
}

/**
 * @param {number} at
 * @param {Partial<AdminHalls.Grade>} changes
 */
function edit(at, changes) {
  Object.assign(grades[at], changes);
  write();
  draw();
  showSums();
}

function add() {
  grades.push({ name: gettext("Grade") + (grades.length + 1), price: 50_000, color: COLOURS[grades.length % COLOURS.length], sections: [] });
  brush = grades.length - 1;
  write();
  show();
}

/** @param {number} at */
function remove(at) {
  grades.splice(at, 1);
  brush = Math.max(0, Math.min(brush, grades.length - 1));
  write();
  show();
}

function show() {
  $("[data-grades]", page).replaceChildren(...grades.map(gradeRow));
  $("[data-sections]", page).replaceChildren(...hall.sections.map(sectionRow));
  draw();
  showSums();
}

/**
 * @param {AdminHalls.Grade} grade
 * @param {number} at
 */
function gradeRow({ name, price, color }, at) {
  const label = (/** @type {string} */ what) => interpolate(gettext("%(what)s of grade %(n)s"), { what, n: at + 1 });
  /** @type {(properties: Record<string, any>, change: (value: string) => Partial<AdminHalls.Grade>) => HTMLElement} */
  const input = (properties, change) => h("input", { disabled: !canChange, oninput: (/** @type {any} */ { target }) => edit(at, change(target.value)), ...properties });
  return h("tr", {},
    h("td", {}, h("input", { type: "radio", name: "brush", value: String(at), "aria-label": interpolate(gettext("Paint with %(name)s"), { name }), checked: at === brush, disabled: !canChange, onchange: () => { brush = at; } })),
    h("td", {}, input({ type: "color", value: color, "aria-label": label(gettext("Colour")) }, (value) => ({ color: value }))),
    h("td", {}, input({ type: "text", value: name, maxlength: 20, "aria-label": label(gettext("Name")) }, (value) => ({ name: value.replace(/\s+/g, "") }))),
    h("td", {}, input({ type: "number", min: 0, step: 1000, value: String(price), "aria-label": label(gettext("Price")) }, (value) => ({ price: Math.round(Number(value)) }))),
    h("td.number", { dataset: { seats: at } }),
    h("td.number", { dataset: { total: at } }),
    h("td", {}, canChange && h("button.button", { type: "button", "aria-label": interpolate(gettext("Remove %(name)s"), { name }), onclick: () => remove(at) }, "✕")));
}

/** @param {AdminHalls.Section} section */
function sectionRow({ code, name }) {
  const current = grades.findIndex(({ sections }) => sections.includes(code));
  const options = [h("option", { value: "-1", selected: current < 0 }, gettext("Not for sale")),
    ...grades.map((grade, at) => h("option", { value: String(at), selected: at === current }, grade.name))];
  const select = h("select", { "aria-label": interpolate(gettext("Grade of %(section)s"), { section: name }), disabled: !canChange, onchange: (/** @type {any} */ { target }) => assign(code, Number(target.value)) }, options);
  return h("tr", {}, h("td", {}, name), h("td.number", {}, number(seatsOf.get(code) ?? 0)), h("td", {}, select));
}

let layersDrawn = 0; // of grades, of which there may be fewer now

function draw() {
  const all = [...Array(hall.size).keys()];
  const gradeOf = new Map(grades.flatMap(({ sections }, at) => sections.map((code) => [code, at])));
  const codeOf = (/** @type {number} */ seat) => hall.sections[hall.sectionOf[seat]].code;
  drawing.layer("unpriced", all.filter((seat) => !gradeOf.has(codeOf(seat))));
  for (let at = 0; at < Math.max(grades.length, layersDrawn); at += 1) {
    drawing.layer(`grade-${at}`, all.filter((seat) => gradeOf.get(codeOf(seat)) === at), { color: grades[at]?.color });
  }
  layersDrawn = grades.length;
}

function showSums() {
  let [seats, total] = [0, 0];
  grades.forEach(({ price, sections }, at) => {
    const count = sections.reduce((sum, code) => sum + (seatsOf.get(code) ?? 0), 0);
    $(`[data-seats="${at}"]`, page).textContent = number(count);
    $(`[data-total="${at}"]`, page).textContent = won(count * price);
    seats += count;
    total += count * price;
  });
  const words = gettext("%(seats)s of %(all)s seats are for sale, for %(total)s in all.");
  $("[data-sum]", page).textContent = interpolate(words, { seats: number(seats), all: number(hall.size), total: won(total) });
}

text.addEventListener("change", () => {
  grades = readPrices(text.value);
  show();
});
$("[data-add]", page)?.addEventListener("click", add);
show();
page.dataset.ready = "yes";
