/** Blocking seats: a choice made in the drawing or in the list, and put into force by the server or refused by it. */

import { $, h } from "../../common/dom.js";
import { gettext, interpolate, ngettext } from "../../common/i18n.js";
import { ask } from "./fetching.js";
import { Hall, ranges } from "./hall.js";
import { HallDrawing } from "./hall-drawing.js";

const POLL_MS = 5_000;
/** @type {Record<string, [name: string, label: string]>} */
const STATUSES = {
  A: ["available", gettext("can be sold")],
  N: ["unpriced", gettext("has no price")],
  H: ["held", gettext("held by a customer")],
  S: ["sold", gettext("sold")],
  B: ["blocked", gettext("blocked")],
};

const page = /** @type {HTMLElement} */ (document.getElementById("block-seats"));
const hall = new Hall(await ask(String(page.dataset.drawing)));
/** @type {Set<number>} */
const chosen = new Set();
/** @type {string[]} by ordinal */
let statuses = [];
/** @type {Record<number, number>} seconds since 1970, by ordinal */
let heldUntil = {};

const canChange = page.dataset.canChange === "yes";
const drawing = new HallDrawing($("[data-hall]", page), hall, {
  label: gettext("Seats of the hall"),
  onPick: canChange ? toggle : undefined,
  onBand: canChange ? chooseAll : undefined,
  onHover: (seat) => { $("[data-hover]", page).textContent = seat < 0 ? "" : describe(seat); },
});

const statusOf = (/** @type {number} */ seat) => statuses[hall.ordinal[seat]] ?? "A";
const isTaken = (/** @type {number} */ seat) => "HS".includes(statusOf(seat));

/** @param {number} seat */
function describe(seat) {
  const name = interpolate(gettext("%(section)s, row %(row)s, seat %(number)s"), hall.nameOf(seat));
  return `${name}: ${reason(seat)}`;
}

/** @param {number} seat */
function reason(seat) {
  const until = heldUntil[hall.ordinal[seat]];
  if (statusOf(seat) !== "H" || !until) return STATUSES[statusOf(seat)][1];
  const time = new Date(until * 1000).toLocaleTimeString(document.documentElement.lang);
  return interpolate(gettext("held by a customer until %(time)s"), { time });
}

/** @param {number} seat */
function toggle(seat) {
  if (isTaken(seat)) {
    say(interpolate(gettext("%(seat)s. It cannot be blocked."), { seat: describe(seat) }), "warn");
    return;
  }
  if (!chosen.delete(seat)) chosen.add(seat);
  say("");
  show();
}

/** @param {number[]} seats */
function chooseAll(seats, { removes = false } = {}) {
  const taken = seats.filter(isTaken).length;
  for (const seat of seats) {
    if (removes) chosen.delete(seat);
    else if (!isTaken(seat)) chosen.add(seat);
  }
  const text = ngettext(
    "%(n)s seat among them is sold or held; it was left out.",
    "%(n)s seats among them are sold or held; they were left out.",
    taken,
  );
  say(taken && !removes ? interpolate(text, { n: taken }) : "", "warn");
  show();
}

/** @param {string} text */
function say(text, kind = "good") {
  const notice = $("[data-notice]", page);
  notice.className = `staff-notice ${kind}`;
  notice.textContent = text;
}

function show() {
  for (const seat of [...chosen]) if (isTaken(seat)) chosen.delete(seat);
  drawing.layer("chosen", chosen);
  const all = [...Array(hall.size).keys()];
  for (const [letter, [name]] of Object.entries(STATUSES)) {
    const seats = all.filter((seat) => statusOf(seat) === letter);
    drawing.layer(name, seats, { shape: letter === "B" ? "cross" : "dot" });
    const count = $(`[data-count="${letter}"]`, page);
    if (count) count.textContent = seats.length.toLocaleString();
  }
  drawing.layer("accessible", hall.accessible);
  showChoice();
  showList();
}

function showChoice() {
  const blocked = [...chosen].filter((seat) => statusOf(seat) === "B").length;
  const free = chosen.size - blocked;
  const summary = ngettext("%(n)s seat is chosen.", "%(n)s seats are chosen.", chosen.size);
  $("[data-summary]", page).textContent = chosen.size ? interpolate(summary, { n: chosen.size }) : gettext("No seat is chosen.");
  if (!canChange) return;
  const [block, unblock, clear] = ["block", "unblock", "clear"].map((name) => $(`[data-act="${name}"]`, page));
  block.disabled = free === 0;
  block.textContent = free ? interpolate(gettext("Block %(n)s"), { n: free }) : gettext("Block");
  unblock.disabled = blocked === 0;
  unblock.textContent = blocked ? interpolate(gettext("Put back %(n)s"), { n: blocked }) : gettext("Put back");
  clear.disabled = chosen.size === 0;
}

// The list: one section at a time, every row and seat a button.

const picker = $("[data-section]", page);
picker.append(...hall.sections.map(({ name }, at) => h("option", { value: String(at) }, name)));
picker.addEventListener("change", drawList);

/** @type {Map<number, HTMLButtonElement>} */
const buttons = new Map();

function drawList() {
  buttons.clear();
  $("[data-rows]", page).replaceChildren(
    ...hall.rows(Number(picker.value)).map(([label, seats]) => {
      const name = interpolate(gettext("Row %(row)s"), { row: label });
      const whole = h("button.button.seat-row", { type: "button", disabled: !canChange, onclick: () => chooseAll(seats, { removes: seats.every((seat) => chosen.has(seat)) }) }, name);
      return h("li.row", {}, whole, seats.map(makeSeat));
    }),
  );
  showList();
}

/** @param {number} seat */
function makeSeat(seat) {
  const button = h("button.seat", { type: "button", onclick: () => toggle(seat) }, String(hall.number[seat]));
  buttons.set(seat, button);
  return button;
}

function showList() {
  for (const [seat, button] of buttons) {
    button.dataset.status = statusOf(seat);
    button.setAttribute("aria-label", describe(seat));
    button.setAttribute("aria-pressed", String(chosen.has(seat)));
    button.disabled = !canChange;
  }
}

async function refresh() {
  const answer = await ask(String(page.dataset.state));
  statuses = answer.statuses;
  heldUntil = answer.held_until;
  show();
}

/** @param {"block" | "unblock"} action */
async function put(action) {
  const seats = [...chosen].filter((seat) => (statusOf(seat) === "B") === (action === "unblock"));
  const body = new FormData();
  body.set("action", action);
  body.set("ordinals", ranges(seats.map((seat) => hall.ordinal[seat])));
  body.set("reason", $("[data-reason]", page).value);
  try {
    const { message } = await ask(String(page.dataset.change), { body });
    for (const seat of seats) chosen.delete(seat);
    say(message);
  } catch (error) {
    say(error.message, "bad");
  }
  await refresh();
}

async function keepFresh() {
  try {
    await refresh();
    $("[data-stale]", page).textContent = "";
  } catch (error) {
    $("[data-stale]", page).textContent = error.message;
  }
  setTimeout(keepFresh, POLL_MS);
}

if (canChange) {
  $('[data-act="block"]', page).addEventListener("click", () => put("block"));
  $('[data-act="unblock"]', page).addEventListener("click", () => put("unblock"));
  $('[data-act="clear"]', page).addEventListener("click", () => { chosen.clear(); say(""); show(); });
}
drawList();
await keepFresh();
page.dataset.ready = "yes";
