// The page on which seats are chosen: reads hall and statuses, puts up the views, follows the news, places the order.
import { call, ConnectionLost, Problem } from "../../common/api.js";
import { $, data } from "../../common/dom.js";
import { gettext, interpolate } from "../../common/i18n.js";
import { number } from "../../common/money.js";
import { AccessPass } from "./access-pass.js";
import { Board } from "./board.js";
import { Camera } from "./camera.js";
import { Choice } from "./choice.js";
import { Hall } from "./hall.js";
import { paintLegend } from "./legend.js";
import { ListView } from "./list-view.js";
import { MapView } from "./map-view.js";
import { Mover } from "./mover.js";
import { OwnOrders } from "./own-orders.js";
import { placeAndReserve, PlacingKeys } from "./placing.js";
import { MINE, readPlan, seatsById } from "./plan.js";
import { refusalOf } from "./refusals.js";
import { SeatFeed } from "./seat-feed.js";
import { SeatStates } from "./seat-states.js";
import { Shop } from "./shop.js";
import { Summary } from "./summary.js";
import { Words } from "./words.js";

const sale = data("seat-map-data");
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
const board = new Board($("#board"));
const PATIENCE_MS = 1000;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Read what needs no token; the browser has begun to with the page itself (preload). */
async function read(path) {
  let response;
  try {
    response = await fetch(path);
  } catch (error) {
    throw new ConnectionLost(error);
  }
  if (response.ok) return response.json();
  const problem = await response.json().catch(() => ({}));
  const code = response.status >= 500 ? "service_unavailable" : "not_found";
  throw new Problem({ code, ...problem }, { status: response.status, retryAfter: Number(response.headers.get("Retry-After")) || null });
}

/** Read until it is there: a moment's overload or loss is waited out. */
async function readPatiently(path) {
  for (let tried = 1; ; tried += 1) {
    try {
      return await read(path);
    } catch (error) {
      if (tried === 5 || error.code === "not_found") throw error;
      $("#map-note").textContent = gettext("Very many people are here at this moment. The hall comes in a few seconds…");
      await pause(1000 * (error.retryAfter ?? tried));
    }
  }
}

/** Hall and statuses that go with each other. */
async function readHall() {
  let [columns, statuses] = await Promise.all([readPatiently(sale.plan), readPatiently(sale.statuses)]);
  for (let tried = 0; tried < 5 && columns.version !== statuses.layout_version; tried += 1) {
    await pause(tried * 500);
    [columns, statuses] = await Promise.all([readPatiently(sale.plan), readPatiently(sale.statuses)]);
  }
  return { plan: readPlan(columns), statuses };
}

class Page {
  constructor({ plan, statuses }) {
    this.plan = plan;
    this.states = new SeatStates(plan);
    this.states.load(statuses.statuses, statuses.version);
    const priceOf = (seat) => plan.sections[plan.sectionOf[seat]].price;
    this.choice = new Choice({ limit: sale.limit, priceOf });
    this.words = new Words(plan, this.states);
    const camera = new Camera();
    const mover = new Mover(camera, () => calm.matches);
    const { states, choice, words } = this;
    this.hall = new Hall({ plan, states, choice, words, camera, mover });
    this.hall.whole(camera);
    this.shop = new Shop({
      plan, states, choice, words, board, ownOrders: () => this.orders.refresh(), ordersAddress: sale.orders,
    });
    this.map = new MapView($("#map"), { hall: this.hall, shop: this.shop });
    this.shop.shown = (seats) => this.map.show(seats);
    this.summary = new Summary(this.shop, { onContinue: () => void this.order() });
    this.orders = new OwnOrders($("#own-hold"), {
      sale,
      shop: this.shop,
      onSeats: (seats) => this.#show(states.own(seats)),
      onRelease: () => void this.feed.catchUp(),
    });
    this.pass = new AccessPass(sale, { onEnd: () => this.#turnEnded() });
    this.keys = new PlacingKeys(window.sessionStorage, sale.performance, uuid);
    this.feed = null;
    this.list = null;
    this.#listen();
    this.#counts();
  }

  /** What is not needed to look and choose: own orders, the turn's time, the live news. */
  async followUp() {
    paintLegend(this.hall);
    this.#remember();
    this.feed = this.#follow(await liveConnection());
    this.feed.start();
    await Promise.all([this.orders.refresh(), this.pass.refresh()]);
  }

  #follow(live) {
    live.onState((state) => this.#liveState(state));
    this.#liveState(live.state);
    return new SeatFeed({
      version: () => this.states.version,
      changes: (since) => call(`${sale.changes}?since=${since}`),
      reload: () => this.#reload(),
      apply: (news, version) => this.#show(this.states.apply(news, version)),
      subscribe: (heard, refused) => live.subscribe(`/sub/performances/${sale.performance}/seats`, heard, { refused }),
      onState: (fn) => live.onState(fn),
      isHidden: () => document.hidden,
      setTimeout: (fn, ms) => setTimeout(fn, ms),
      clearTimeout: (timer) => clearTimeout(timer),
      random: Math.random,
      refused: (problem) => this.#newsRefused(problem),
    });
  }

  async #reload() {
    const statuses = await call(sale.statuses);
    if (statuses.layout_version !== this.plan.version) {
      window.location.reload(); // another hall: prices or sections were changed
      return;
    }
    this.#show(this.states.load(statuses.statuses, statuses.version));
  }

  #show(seats) {
    if (seats.length === 0) return;
    this.map.changed(seats);
    this.list?.changed(seats);
    this.#counts();
    void this.shop.changed(seats);
  }

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
      this.list?.changed(seats);
      this.summary.render();
      this.#keep();
    });
    $("#show-map").addEventListener("click", () => this.#view("map"));
    $("#show-list").addEventListener("click", () => this.#view("list"));
    $("#best").addEventListener("submit", (event) => {
      event.preventDefault();
      const grade = this.plan.grades.find(({ name }) => name === $("#best-grade").value);
      this.shop.pick({ grade: grade?.index ?? null, count: Number($("#best-count").value) });
    });
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.map.redress();
      paintLegend(this.hall);
    });
    document.addEventListener("login-ended", () => this.feed?.stop());
    new ResizeObserver(([{ target }]) => liftHelp(target)).observe($("#summary"));
    window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());
  }

  #view(name) {
    const isList = name === "list";
    if (isList && !this.list) {
      this.list = new ListView($("#list-view"), { shop: this.shop, hall: this.hall });
    }
    $("#map-view").hidden = isList;
    $("#list-view").hidden = !isList;
    $("#show-map").setAttribute("aria-pressed", String(!isList));
    $("#show-list").setAttribute("aria-pressed", String(isList));
  }

  #liveState(state) {
    const texts = { connected: gettext("Live"), lost: gettext("Connecting again…"), ended: gettext("Not live") };
    $("#live").dataset.state = state;
    $("#live-text").textContent = texts[state] ?? gettext("Connecting…");
  }

  #newsRefused(problem) {
    if (problem.code === "access_pass_required") this.#turnEnded();
  }

  #turnEnded() {
    board.show("turn", refusalOf(new Problem({ code: "access_pass_required" }, { status: 403 }), { sale }));
  }

  async order() {
    const seats = this.choice.seats;
    this.shop.isPlacing = true;
    board.clear();
    this.summary.busy(gettext("One moment…"));
    try {
      const seatIds = seats.map((seat) => this.plan.ids[seat]);
      const outside = {
        call,
        keys: this.keys,
        wait: pause,
        onWait: () => this.summary.busy(gettext("Trying again…")),
      };
      const id = await placeAndReserve({ performanceId: sale.performance, seatIds }, outside);
      this.#forget();
      window.location.assign(sale.checkout.replace("ORDER", id));
    } catch (error) {
      this.summary.busy(null);
      this.#refused(error, seats);
    }
  }

  #refused(error, seats) {
    if (error.code === "seats_unavailable") {
      void this.#lost(error, seats);
      return;
    }
    if (!error.code) window.reportError(error);
    if (error.code !== "login_ended") board.show("order", refusalOf(error, { sale, again: () => void this.order() }));
    if (error.code === "seat_limit_exceeded") void this.orders.refresh();
    this.shop.stopPlacing();
  }

  /** Of the seats that were ordered some are gone: known before the news of it comes, so that none is proposed again. */
  async #lost(error, seats) {
    const byId = seatsById(this.plan);
    const named = (error.extras.seat_ids ?? []).map((id) => byId.get(id)).filter((seat) => seats.includes(seat));
    const lost = named.length ? named : seats;
    this.choice.remove(...lost);
    this.#show(this.states.apply(lost.map((seat) => [this.plan.ids[seat], "HELD"]), this.states.version));
    this.shop.stopPlacing();
    void this.feed?.catchUp();
    await Promise.race([this.orders.refresh(), pause(PATIENCE_MS)]); // perhaps they are held in another window
    this.shop.tellLost(lost.filter((seat) => this.states.codes[seat] !== MINE));
  }

  // A reloaded page has the choice still, as far as it is to be had

  get #name() {
    return `choice-${sale.performance}`;
  }

  #keep() {
    window.sessionStorage.setItem(this.#name, JSON.stringify(this.choice.seats.map((seat) => this.plan.ids[seat])));
  }

  #forget() {
    window.sessionStorage.removeItem(this.#name);
  }

  #remember() {
    const byId = seatsById(this.plan);
    const kept = JSON.parse(window.sessionStorage.getItem(this.#name) ?? "[]").map((id) => byId.get(id));
    const free = kept.filter((seat) => seat !== undefined && this.states.isFree(seat));
    if (free.length) this.choice.replace(free);
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

/** Keep the help button above the summary where that lies at the foot of a small window. */
function liftHelp(summary) {
  const isAtFoot = getComputedStyle(summary).position === "fixed";
  if (isAtFoot) document.body.style.setProperty("--help-lift", `${summary.offsetHeight}px`);
  else document.body.style.removeProperty("--help-lift");
}

/** A random id; crypto.randomUUID is only there where the page came by TLS or from this machine. */
function uuid() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

try {
  const page = new Page(await readHall());
  performance.mark("seat-map:interactive");
  $(".seat-shop").dataset.ready = "yes";
  const whenIdle = globalThis.requestIdleCallback ?? ((fn) => setTimeout(fn, 50));
  whenIdle(() => void page.followUp(), { timeout: 1000 });
} catch (error) {
  $("#map-note").textContent = "";
  if (!error.code) throw error;
  board.show("hall", refusalOf(error, { sale, again: () => window.location.reload() }));
}
