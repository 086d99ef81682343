// The same seats as check boxes: sections that open, rows, seats; arrow keys within a section's rows.
import { $, h, svg } from "../../common/dom.js";
import { gettext, interpolate } from "../../common/i18n.js";
import { won } from "../../common/money.js";
import { paintSwatch } from "./legend.js";

/**
 * @import { Hall } from "./hall.js"
 * @import { Shop } from "./shop.js"
 */

const WHEELCHAIR = "M7 4.6V8.8h3.4l1.9 4.6M10 11.6A3.9 3.9 0 1 1 4.9 7.3M7 1.6v.3";

export class ListView {
  #element;
  #shop;
  #hall;
  /** @type {HTMLElement[]} */
  #heads = [];
  /** @type {Map<number, HTMLElement>} by seat, of sections that were opened */
  #boxes = new Map();

  /**
   * @param {HTMLElement} element
   * @param {{shop: Shop, hall: Hall}} parts
   */
  constructor(element, { shop, hall }) {
    this.#element = element;
    this.#shop = shop;
    this.#hall = hall;
    element.append(...shop.plan.sections.map((section) => this.#section(section)));
    element.addEventListener("keydown", (event) => this.#key(event));
  }

  /**
   * Show what has changed; `seats` is null for everything.
   *
   * @param {number[] | null} seats
   */
  changed(seats) {
    for (const [index, head] of this.#heads.entries()) head.textContent = this.#about(this.#shop.plan.sections[index]);
    for (const seat of seats ?? this.#boxes.keys()) {
      const box = this.#boxes.get(seat);
      if (box) this.#dress(box, seat);
    }
  }

  /** @param {SeatMap.Section} section */
  #about(section) {
    const { plan, states, messages } = this.#shop;
    return `${plan.grades[section.grade].name} · ${won(section.price)} · ${messages.left(states.freeOfSection[section.index])}`;
  }

  /** @param {SeatMap.Section} section */
  #section(section) {
    const id = `section-${section.id}`;
    const rows = h("div.rows", { id, hidden: true });
    const about = h("small", {}, this.#about(section));
    this.#heads[section.index] = about;
    const swatch = h("canvas.swatch", { width: 48, height: 48, "aria-hidden": "true" });
    paintSwatch(swatch, this.#hall, section.grade);
    const button = h(
      "button",
      { type: "button", "aria-expanded": "false", "aria-controls": id, onclick: () => this.#open(section, button, rows) },
      swatch,
      h("span", {}, section.name),
      about,
    );
    return h("section", {}, h("h2", {}, button), rows);
  }

  /**
   * @param {SeatMap.Section} section
   * @param {HTMLElement} button
   * @param {HTMLElement} rows
   */
  #open(section, button, rows) {
    const opens = rows.hidden;
    if (opens && !rows.firstChild) rows.append(this.#grid(section));
    rows.hidden = !opens;
    button.setAttribute("aria-expanded", String(opens));
  }

  /** @param {SeatMap.Section} section */
  #grid(section) {
    const { plan } = this.#shop;
    const lines = plan.rows.slice(section.firstRow, section.lastRow + 1).map((row) => this.#row(row));
    const grid = h("div", { role: "grid", "aria-label": section.name }, lines);
    const first = $('[aria-disabled="false"]', grid) ?? $(".seat", grid);
    first.tabIndex = 0;
    return grid;
  }

  /** @param {SeatMap.Row} row */
  #row(row) {
    const cells = [];
    for (let seat = row.start; seat < row.end; seat += 1) cells.push(h("span", { role: "gridcell" }, this.#box(seat)));
    const name = interpolate(gettext("Row %(row)s"), { row: row.label });
    return h(
      "div",
      { role: "row" },
      h("span", { role: "rowheader" }, name),
      h("span.seats", { role: "presentation" }, cells),
    );
  }

  /** @param {number} seat */
  #box(seat) {
    const { plan } = this.#shop;
    const box = h(`button.seat${plan.accessible[seat] ? ".accessible" : ""}`, { type: "button", role: "checkbox" });
    box.tabIndex = -1;
    box.dataset.seat = String(seat);
    if (plan.accessible[seat]) box.append(svg("0 0 16 16", WHEELCHAIR));
    box.append(String(plan.numbers[seat]));
    box.addEventListener("click", () => this.#shop.toggle(seat));
    this.#boxes.set(seat, box);
    this.#dress(box, seat);
    return box;
  }

  /**
   * @param {HTMLElement} box
   * @param {number} seat
   */
  #dress(box, seat) {
    const { choice, states, messages } = this.#shop;
    const isChosen = choice.has(seat);
    box.setAttribute("aria-checked", String(isChosen));
    box.setAttribute("aria-disabled", String(!isChosen && !states.isFree(seat)));
    box.setAttribute("aria-label", messages.sentence(seat, isChosen));
    box.dataset.status = String(states.codes[seat]);
  }

  /** @param {any} event */
  #key(event) {
    const box = event.target.closest(".seat");
    if (!box || event.altKey || event.metaKey) return;
    const next = this.#next(Number(box.dataset.seat), event.key, event.ctrlKey);
    if (next === null) return;
    event.preventDefault();
    const target = /** @type {HTMLElement} */ (this.#boxes.get(next));
    box.tabIndex = -1;
    target.tabIndex = 0;
    target.focus();
  }

  /**
   * The seat that a key leads to, within the section; null for another key.
   *
   * @param {number} seat
   * @param {string} key
   * @param {boolean} isWide
   * @returns {number | null}
   */
  #next(seat, key, isWide) {
    const { plan } = this.#shop;
    const row = plan.rows[plan.rowOf[seat]];
    const section = plan.sections[plan.sectionOf[seat]];
    switch (key) {
      case "ArrowLeft":
        return Math.max(row.start, seat - 1);
      case "ArrowRight":
        return Math.min(row.end - 1, seat + 1);
      case "ArrowUp":
        return this.#inRow(Math.max(section.firstRow, row.index - 1), seat - row.start);
      case "ArrowDown":
        return this.#inRow(Math.min(section.lastRow, row.index + 1), seat - row.start);
      case "Home":
        return isWide ? section.start : row.start;
      case "End":
        return isWide ? section.end - 1 : row.end - 1;
      default:
        return null;
    }
  }

  /**
   * @param {number} index
   * @param {number} place
   */
  #inRow(index, place) {
    const row = this.#shop.plan.rows[index];
    return Math.min(row.end - 1, row.start + place);
  }
}
