// What the page does once seats can be chosen: own orders, the turn's time, the live news, and placing the order.
import { call, Problem } from "../../common/api.js";
import { $ } from "../../common/dom.js";
import { gettext } from "../../common/i18n.js";
import { AccessPass } from "./access-pass.js";
import { OwnOrders } from "./own-orders.js";
import { placeAndReserve, PlacingKeys } from "./placing.js";
import { MINE, seatsById } from "./plan.js";
import { refusalOf } from "./refusals.js";
import { SeatFeed } from "./seat-feed.js";

const PATIENCE_MS = 1000;
const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Booking {
  #page;
  #sale;
  /** @type {SeatFeed | null} */
  #feed = null;
  #keys;

  /**
   * `page` has plan, states, choice, shop, board, summary, and show(seats) for seats whose status has changed.
   *
   * @param {any} page
   * @param {SeatMap.Sale} sale
   */
  constructor(page, sale) {
    this.#page = page;
    this.#sale = sale;
    this.#keys = new PlacingKeys(window.sessionStorage, sale.performance, uuid);
    this.orders = new OwnOrders($("#own-hold"), {
      sale,
      shop: page.shop,
      onSeats: (seats) => page.show(page.states.own(seats)),
      onRelease: () => void this.#feed?.catchUp(),
    });
    this.pass = new AccessPass(sale, { onEnd: () => this.#turnEnded() });
  }

  async start() {
    document.addEventListener("login-ended", () => this.#feed?.stop());
    const live = await liveConnection();
    live.onState((state) => this.#tellState(state));
    this.#tellState(live.state);
    this.#feed = this.#follow(live);
    this.#feed.start();
    await Promise.all([this.orders.refresh(), this.pass.refresh()]);
  }

  /** @param {any} live */
  #follow(live) {
    const { states, show } = this.#page;
    const destination = `/sub/performances/${this.#sale.performance}/seats`;
    return new SeatFeed({
      version: () => states.version,
      ask: (since) => call(since === null ? this.#sale.statuses : `${this.#sale.statuses}?since=${since}`),
      apply: (news, version) => show(states.apply(news, version)),
      replace: (statuses) => this.#replace(statuses),
      subscribe: (heard, refused) => live.subscribe(destination, heard, { refused }),
      onState: (fn) => live.onState(fn),
      isHidden: () => document.hidden,
      setTimeout: (fn, ms) => setTimeout(fn, ms),
      clearTimeout: (timer) => clearTimeout(timer),
      random: Math.random,
      refused: (problem) => problem.code === "access_pass_required" && this.#turnEnded(),
    });
  }

  /** @param {SeatMap.Statuses} statuses */
  #replace(statuses) {
    const { plan, states, show } = this.#page;
    if (statuses.layout_version === plan.version) show(states.load(statuses.statuses, statuses.version));
    else window.location.reload(); // another hall: prices or sections were changed
  }

  /** @param {string} state */
  #tellState(state) {
    /** @type {Record<string, string>} */
    const texts = { connected: gettext("Live"), lost: gettext("Connecting again…"), ended: gettext("Not live") };
    $("#live").dataset.state = state;
    $("#live-text").textContent = texts[state] ?? gettext("Connecting…");
  }

  #turnEnded() {
    const ended = new Problem({ code: "access_pass_required" }, { status: 403 });
    this.#page.board.show("turn", refusalOf(ended, { sale: this.#sale }));
  }

  /** Place and reserve what is chosen, and go on to pay for it. */
  async order() {
    const { choice, plan, shop, board, summary } = this.#page;
    const seats = choice.seats;
    shop.isPlacing = true;
    board.clear();
    summary.busy(gettext("One moment…"));
    try {
      const seatIds = seats.map((/** @type {number} */ seat) => plan.ids[seat]);
      const onWait = () => summary.busy(gettext("Trying again…"));
      const outside = { call, keys: this.#keys, wait: pause, onWait };
      const id = await placeAndReserve({ performanceId: this.#sale.performance, seatIds }, outside);
      this.#page.forget();
      window.location.assign(`${this.#sale.checkout.replace("ORDER", id)}?moved=${this.#sale.moved}`);
    } catch (error) {
      summary.busy(null);
      await this.#refused(error, seats);
    }
  }

  /**
   * @param {any} error
   * @param {number[]} seats
   */
  async #refused(error, seats) {
    const { board, shop } = this.#page;
    if (error.code === "seats_unavailable") {
      await this.#lost(error, seats);
      return;
    }
    if (!error.code) window.reportError(error);
    const again = () => void this.order();
    if (error.code !== "login_ended") board.show("order", refusalOf(error, { sale: this.#sale, again }));
    if (error.code === "seat_limit_exceeded") void this.orders.refresh();
    shop.stopPlacing();
  }

  /**
   * Of the seats that were ordered some are gone: known before the news of it comes, so that none is proposed again.
   *
   * @param {any} error
   * @param {number[]} seats
   */
  async #lost(error, seats) {
    const { plan, states, choice, shop, show } = this.#page;
    const byId = seatsById(plan);
    const named = (error.extras.seat_ids ?? []).map((/** @type {number} */ id) => byId.get(id)).filter((/** @type {number} */ seat) => seats.includes(seat));
    /** @type {number[]} */
    const lost = named.length ? named : seats;
    choice.remove(...lost);
    show(states.apply(lost.map((seat) => [plan.ids[seat], "HELD"]), states.version));
    shop.stopPlacing();
    void this.#feed?.catchUp();
    await Promise.race([this.orders.refresh(), pause(PATIENCE_MS)]); // perhaps they are held in another window
    shop.tellLost(lost.filter((seat) => states.codes[seat] !== MINE));
  }
}

/** The live connection; where even its script cannot be had, one that never comes about: the feed asks instead. */
async function liveConnection() {
  try {
    return (await import("../../common/live.js")).live;
  } catch (error) {
    window.reportError(error);
    return { state: "lost", onState: () => {}, subscribe: () => () => {} };
  }
}

/** A random id; crypto.randomUUID is only there where the page came by TLS or from this machine. */
function uuid() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
