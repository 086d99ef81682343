// What is chosen, what it costs, and the way on.
import { $, h } from "../../common/dom.js";
import { gettext, interpolate, ngettext } from "../../common/i18n.js";
import { won } from "../../common/money.js";

/** @import { Shop } from "./shop.js" */

export class Summary {
  #shop;
  #onContinue;
  #button = $("#continue");
  #label = this.#button.textContent;

  /**
   * @param {Shop} shop
   * @param {{onContinue: () => void}} told
   */
  constructor(shop, { onContinue }) {
    this.#shop = shop;
    this.#onContinue = onContinue;
    this.#button.addEventListener("click", () => this.#continue());
    const toggle = $("#summary-toggle");
    toggle.addEventListener("click", () => this.#open(toggle.getAttribute("aria-expanded") === "false"));
    this.render();
  }

  render() {
    const { choice } = this.#shop;
    const seats = choice.seats;
    $("#count").textContent = `${seats.length} / ${choice.limit}`;
    $("#total").textContent = won(choice.total);
    $("#none-chosen").hidden = seats.length > 0;
    $("#chosen").replaceChildren(...seats.map((seat) => this.#line(seat)));
    this.#button.setAttribute("aria-disabled", String(seats.length === 0));
    if (seats.length === 0) this.#open(false);
    this.#hint();
  }

  /**
   * Show that an order is on its way, or no longer.
   *
   * @param {string | null} text
   */
  busy(text) {
    this.#button.textContent = text ?? this.#label;
    this.#button.setAttribute("aria-busy", String(Boolean(text)));
  }

  /** @param {boolean} isOpen */
  #open(isOpen) {
    $("#summary").dataset.open = isOpen ? "yes" : "no";
    $("#summary-toggle").setAttribute("aria-expanded", String(isOpen));
  }

  #continue() {
    if (this.#button.getAttribute("aria-busy") === "true") return;
    if (this.#shop.choice.size === 0) {
      this.#shop.board.show("seat", { kind: "info", title: gettext("Choose at least one seat first") });
      return;
    }
    this.#onContinue();
  }

  /** @param {number} seat */
  #line(seat) {
    const { plan, messages } = this.#shop;
    const section = plan.sections[plan.sectionOf[seat]];
    const remove = interpolate(gettext("Let go of %(seat)s"), { seat: messages.seat(seat) });
    return h(
      "li",
      {},
      h("span", {}, messages.seat(seat), " ", h("span.grade", {}, plan.grades[section.grade].name)),
      h("span.digits", {}, won(section.price)),
      h("button", { type: "button", "aria-label": remove, title: remove, onclick: () => this.#letGo(seat) }, "✕"),
    );
  }

  /** @param {number} seat */
  #letGo(seat) {
    this.#shop.toggle(seat);
    ($("#chosen button") ?? this.#button).focus();
  }

  /** @param {number[]} seats */
  #take(seats) {
    this.#shop.take(seats);
    this.#button.focus();
  }

  /** Ask gently to leave nobody a single seat. */
  #hint() {
    const found = this.#shop.singles();
    const hint = $("#single-hint");
    hint.hidden = found === null;
    if (!found) return;
    const text = ngettext(
      "Your choice leaves %(seats)s alone between others, which hardly anybody wants.",
      "Your choice leaves %(seats)s each alone between others, which hardly anybody wants.",
      found.singles.length,
    );
    /** @type {(string | Node)[]} */
    const parts = [interpolate(text, { seats: this.#shop.messages.seats(found.singles) })];
    const { instead } = found;
    if (instead) {
      const { messages } = this.#shop;
      const label = interpolate(gettext("Take %(seats)s instead"), { seats: messages.seats(instead) });
      parts.push(" ", h("button", { type: "button", onclick: () => this.#take(instead) }, label));
    }
    hint.replaceChildren(...parts);
  }
}
