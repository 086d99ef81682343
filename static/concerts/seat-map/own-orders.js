// What the customer has of this performance already: seats that are held, tickets that count to the limit.
import { call } from "../../common/api.js";
import { countdown } from "../../common/clock.js";
import { ask } from "../../common/dialog.js";
import { $, h } from "../../common/dom.js";
import { gettext, interpolate, ngettext } from "../../common/i18n.js";
import { announce } from "../../common/notices.js";
import { showProblem } from "../../common/problems.js";
import { seatsById } from "./plan.js";

/** @import { Shop } from "./shop.js" */

const HOLDING = new Set(["RESERVED", "CONFIRMING", "WAITING_FOR_DEPOSIT"]);
const HAVING = new Set([...HOLDING, "PAID"]);
const MOST = 100;

export class OwnOrders {
  #element;
  #sale;
  #shop;
  #onSeats;
  #onRelease;
  #stopClock = () => {};
  #shown = "";

  /**
   * `onSeats(seats)` hears which seats are the customer's, `onRelease()` that some are free again.
   *
   * @param {HTMLElement} element
   * @param {{sale: SeatMap.Sale, shop: Shop, onSeats: (seats: number[]) => void, onRelease: () => void}} parts
   */
  constructor(element, { sale, shop, onSeats, onRelease }) {
    this.#element = element;
    this.#sale = sale;
    this.#shop = shop;
    this.#onSeats = onSeats;
    this.#onRelease = onRelease;
  }

  /** Ask the server. Where it cannot be reached, what is known stays. */
  async refresh() {
    /** @type {SeatMap.Order[]} */
    let orders;
    try {
      orders = (await call(`/api/orders?page_size=${MOST}`)).results;
    } catch {
      return; // booking itself tells what stands in the way
    }
    const here = orders.filter((order) => order.performance_id === this.#sale.performance && HAVING.has(order.status));
    const byId = seatsById(this.#shop.plan);
    const held = here.filter((order) => HOLDING.has(order.status));
    this.#onSeats(held.flatMap((order) => order.lines.map((line) => byId.get(line.seat_id))).filter((seat) => seat !== undefined));
    this.#shop.choice.limit = this.#sale.limit - here.reduce((sum, order) => sum + countOf(order), 0);
    this.#show(held[0] ?? null);
  }

  /** @param {SeatMap.Order | null} order */
  #show(order) {
    const key = order ? `${order.id} ${order.status}` : "";
    if (key === this.#shown) return;
    this.#shown = key;
    this.#stopClock();
    this.#element.hidden = !order;
    if (!order) return;
    if (order.status === "RESERVED") this.#showHold(order);
    else this.#showPayment();
    announce($("h2", this.#element).textContent);
  }

  /** @param {SeatMap.Order} order */
  #showHold(order) {
    const byId = seatsById(this.#shop.plan);
    const seats = order.lines.map((line) => byId.get(line.seat_id)).filter((seat) => seat !== undefined);
    const left = h("strong.digits", { role: "timer" });
    const title = ngettext("You are holding %(count)s seat", "You are holding %(count)s seats", seats.length);
    this.#element.replaceChildren(
      h("h2", { id: "own-hold-title" }, interpolate(title, { count: order.lines.length })),
      h("p", {}, this.#shop.messages.seats(seats), ". ", gettext("Held for you for"), " ", left),
      ...(wasMoved(order) ? [h("p.notice.warning", {}, gettext("The show was moved after you took these seats. You see the old and the new date before you pay."))] : []),
      h(
        "div.cluster",
        {},
        h("a.button.primary", { href: this.#sale.checkout.replace("ORDER", order.id) }, gettext("Go on to payment")),
        h("button.button", { type: "button", onclick: () => this.#release(order) }, gettext("Release them")),
      ),
    );
    this.#stopClock = countdown(left, Date.parse(order.expires_at), { onEnd: () => this.refresh() });
  }

  #showPayment() {
    this.#element.replaceChildren(
      h("h2", { id: "own-hold-title" }, gettext("A payment for your seats is on its way")),
      h("p", {}, gettext("We are waiting to hear how it went. You need not pay again.")),
      h("a.button", { href: this.#sale.orders }, gettext("My orders")),
    );
  }

  /** @param {SeatMap.Order} order */
  async #release(order) {
    const isSure = await ask({
      title: gettext("Release these seats?"),
      text: gettext("Somebody else may take them at once."),
      confirm: gettext("Release them"),
      cancel: gettext("Keep them"),
      danger: true,
    });
    if (!isSure) return;
    try {
      await call(`/api/orders/${order.id}/cancel`, { method: "POST", body: {} });
    } catch (error) {
      showProblem(error);
    }
    await this.refresh();
    this.#onRelease();
    if (this.#element.hidden) $("#show-map").focus();
  }
}

/**
 * Whether the show got another date or hall after an order was placed.
 *
 * @param {SeatMap.Order} order
 */
function wasMoved(order) {
  return order.moved_at !== null && Date.parse(order.moved_at) >= Date.parse(order.created_at);
}

/**
 * How many seats of an order count to the limit.
 *
 * @param {SeatMap.Order} order
 */
function countOf(order) {
  if (order.status !== "PAID") return order.lines.length;
  return order.tickets.filter((ticket) => ticket.status === "VALID").length;
}
