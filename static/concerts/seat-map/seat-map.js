// The page on which seats are chosen: what is needed to look and choose. Booking (booking.js) and the list come after.
import { $, data } from "../../common/dom.js";
import { gettext, interpolate } from "../../common/i18n.js";
import { number } from "../../common/money.js";
import { Board } from "./board.js";
import { Camera } from "./camera.js";
import { Choice } from "./choice.js";
import { Hall } from "./hall.js";
import { paintLegend } from "./legend.js";
import { MapView } from "./map-view.js";
import { SeatMessages } from "./messages.js";
import { Mover } from "./mover.js";
import { seatsById } from "./plan.js";
import { readHall } from "./reading.js";
import { SeatStates } from "./seat-states.js";
import { Shop } from "./shop.js";
import { Summary } from "./summary.js";

/**
 * @import { Booking } from "./booking.js"
 * @import { ListView } from "./list-view.js"
 */

/** @type {SeatMap.Sale} */
const sale = data("seat-map-data");
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
const board = new Board($("#board"), { next: $("#continue") });

class Page {
  board = board;
  /** @type {ListView | null} */
  #list = null;
  /** @type {Promise<Booking> | null} */
  #booking = null;

  /** @param {{plan: SeatMap.Plan, statuses: SeatMap.Statuses}} read */
  constructor({ plan, statuses }) {
    this.plan = plan;
    this.states = new SeatStates(plan);
    this.states.load(statuses.statuses, statuses.version);
    const priceOf = (/** @type {number} */ seat) => plan.sections[plan.sectionOf[seat]].price;
    this.choice = new Choice({ limit: sale.limit, priceOf });
    const { states, choice } = this;
    const messages = new SeatMessages(plan, states);
    const camera = new Camera();
    const mover = new Mover(camera, () => calm.matches);
    this.hall = new Hall({ plan, states, choice, messages, camera, mover });
    this.hall.whole(camera);
    const ownOrders = async () => (await this.booking()).orders.refresh();
    this.shop = new Shop({ plan, states, choice, messages, board, ownOrders, ordersAddress: sale.orders });
    this.map = new MapView($("#map"), { hall: this.hall, shop: this.shop });
    this.shop.shown = (seats) => this.map.show(seats);
    this.summary = new Summary(this.shop, { onContinue: () => void this.#order() });
    this.#listen();
    this.#counts();
  }

  /** What is not needed to look and choose. */
  async followUp() {
    paintLegend(this.hall);
    this.#remember();
    await (await this.booking()).start();
  }

  /** The part that books, fetched when it is needed for the first time. */
  async booking() {
    this.#booking ??= import("./booking.js").then(({ Booking }) => new Booking(this, sale));
    try {
      return await this.#booking;
    } catch (error) {
      this.#booking = null;
      throw error;
    }
  }

  async #order() {
    this.summary.busy(gettext("One moment…"));
    try {
      const booking = await this.booking();
      await booking.order();
    } catch (error) {
      this.summary.busy(null);
      tellFailure(error, () => void this.#order());
    }
  }

  /** Show seats whose status has changed. */
  show = (/** @type {number[]} */ seats) => {
    if (seats.length === 0) return;
    this.map.changed(seats);
    this.#list?.changed(seats);
    this.#counts();
    void this.shop.changed(seats);
  };

  #counts() {
    for (const grade of this.plan.grades) {
      const cell = document.querySelector(`[data-left-of="${CSS.escape(grade.name)}"]`);
      if (!cell) continue;
      const left = this.states.freeOfGrade[grade.index];
      cell.textContent = left ? interpolate(gettext("%(count)s left"), { count: number(left) }) : gettext("sold out");
    }
  }

  #listen() {
    this.choice.onChange((seats) => {
      this.map.choiceChanged();
      this.#list?.changed(seats);
      this.summary.render();
      this.#keep();
    });
    $("#show-map").addEventListener("click", () => this.#view("map"));
    $("#show-list").addEventListener("click", () => void this.#showList());
    $("#best").addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault();
      const grade = this.plan.grades.find(({ name }) => name === $("#best-grade").value);
      this.shop.pick({ grade: grade?.index ?? null, count: Number($("#best-count").value) });
    });
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.map.redress();
      paintLegend(this.hall);
    });
    new ResizeObserver(([{ target }]) => liftHelp(/** @type {HTMLElement} */ (target))).observe($("#summary"));
    window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());
  }

  async #showList() {
    try {
      const { ListView } = await import("./list-view.js");
      this.#list ??= new ListView($("#list-view"), { shop: this.shop, hall: this.hall });
      this.#view("list");
    } catch (error) {
      tellFailure(error, () => void this.#showList());
    }
  }

  /** @param {"map" | "list"} name */
  #view(name) {
    const isList = name === "list";
    $("#map-view").hidden = isList;
    $("#list-view").hidden = !isList;
    $("#show-map").setAttribute("aria-pressed", String(!isList));
    $("#show-list").setAttribute("aria-pressed", String(isList));
  }

  // A reloaded page has the choice still, as far as it is to be had

  get #name() {
    return `choice-${sale.performance}`;
  }

  #keep() {
    window.sessionStorage.setItem(this.#name, JSON.stringify(this.choice.seats.map((seat) => this.plan.ids[seat])));
  }

  forget() {
    window.sessionStorage.removeItem(this.#name);
  }

  #remember() {
    const byId = seatsById(this.plan);
    const kept = JSON.parse(window.sessionStorage.getItem(this.#name) ?? "[]").map((/** @type {number} */ id) => byId.get(id));
    const free = kept.filter((/** @type {number | undefined} */ seat) => seat !== undefined && this.states.isFree(seat));
    if (free.length) this.choice.replace(free);
  }
}

/**
 * A part of the page, or the hall itself, could not be fetched.
 *
 * @param {any} error
 * @param {() => void} again
 */
function tellFailure(error, again) {
  if (error.code === undefined && !(error instanceof TypeError)) window.reportError(error);
  board.show("hall", {
    title: error.code === "service_unavailable" ? gettext("Very many people are here at this moment") : gettext("The connection was lost"),
    detail: gettext("Nothing you chose is lost. Try again in a moment."),
    actions: [{ label: gettext("Try again"), onClick: again }],
  });
}

/**
 * Keep the help button above the summary where that lies at the foot of a small window.
 *
 * @param {HTMLElement} summary
 */
function liftHelp(summary) {
  const isAtFoot = getComputedStyle(summary).position === "fixed";
  if (isAtFoot) document.body.style.setProperty("--help-lift", `${summary.offsetHeight}px`);
  else document.body.style.removeProperty("--help-lift");
}

async function open() {
  const note = $("#map-note");
  const onWait = () => {
    note.textContent = gettext("Very many people are here at this moment. The hall comes in a few seconds…");
  };
  const hall = await readHall(sale, { wait: pause, onWait });
  if (hall.plan.count === 0) {
    note.textContent = gettext("No seats of this performance are for sale yet.");
    return;
  }
  const page = new Page(hall);
  performance.mark("seat-map:interactive");
  $(".seat-shop").dataset.ready = "yes";
  /** @type {(fn: () => void, options: object) => unknown} */
  const whenIdle = globalThis.requestIdleCallback ?? ((fn) => setTimeout(fn, 50));
  whenIdle(() => page.followUp().catch((error) => tellFailure(error, () => window.location.reload())), { timeout: 1000 });
}

open().catch((error) => {
  $("#map-note").textContent = "";
  tellFailure(error, () => window.location.reload());
});
