/**
 * Puts what Line knows on the page. Nothing is written that has not changed.
 *
 * @typedef {object} Room  what the page's template tells
 * @property {string} title
 * @property {number} opensAt
 * @property {number} joinsFrom
 * @property {string} seats  an address, as is
 * @property {string} concert
 */
import { duration } from "../../common/clock.js";
import { $, $$, h } from "../../common/dom.js";
import { gettext, interpolate } from "../../common/i18n.js";
import { messageText, noticeText, number, paceText, people, waitText } from "./messages.js";

const FORWARD_AFTER = 10_000; // milliseconds that somebody is given to stay before being taken to the seats
const MANY_DIGITS = 6;

/** @type {Record<string, string>} */
const PANELS = { early: "early", joining: "line", waiting: "line", admitted: "turn" };

export class View {
  onLeave = () => {};
  onJoin = () => {};

  /**
   * @param {HTMLElement} root
   * @param {Room} room
   */
  constructor(root, room) {
    this.#root = root;
    this.#room = room;
    this.#pageTitle = document.title;
    for (const button of $$("[data-leave]", root)) button.addEventListener("click", () => this.onLeave());
    $("[data-stay]", root).addEventListener("click", () => this.#stay());
  }

  #root;
  #room;
  #pageTitle;
  #shown = new Map();
  /** @type {string | null} */
  #message = null;
  /** @type {number | null} */
  #forwardAt = null;
  #stays = false;

  get alarmToggle() {
    return $("[data-alarm]", this.#root);
  }

  get alarmHelp() {
    return $("[data-alarm-help]", this.#root);
  }

  /**
   * Show everything as `Line.view` has it.
   *
   * @param {any} view
   * @param {number} now
   * @param {{refusal?: {title: string, detail: string} | null}} options
   */
  show(view, now, { refusal = null } = {}) {
    const panel = panelOf(view);
    this.#root.dataset.panel = panel;
    this.#write("leave", view.phase !== "waiting" && view.phase !== "admitted", (isDisabled) => {
      for (const button of $$("[data-leave]", this.#root)) button.disabled = isDisabled;
    });
    this.#write("title", this.#titleOf(view), (text) => (document.title = text));
    switch (panel) {
      case "early":
        return this.#showEarly(view, now);
      case "line":
        return this.#showLine(view, now);
      case "turn":
        return this.#showTurn(view, now);
      default:
        return this.#showMessage(view, refusal);
    }
  }

  /** The turn has come: bring the person to the link, whatever has the focus. */
  callToSeats() {
    this.#forwardAt = null;
    this.#stays = false;
    $("[data-stay]", this.#root).hidden = false;
    this.#root.dataset.panel = "turn";
    for (const dialog of $$("dialog[open]")) dialog.close("no");
    $("[data-go]", this.#root).focus();
  }

  focusMessage() {
    $("[data-message-title]", this.#root).focus();
  }

  /**
   * Whether it is time to go to the seats: some seconds after somebody at their turn sees the page.
   *
   * @param {{phase: string, isOnSale: boolean}} view
   * @param {number} now
   */
  forwards({ phase, isOnSale }, now) {
    if (document.visibilityState !== "visible") return false;
    if (phase === "open") return isOnSale;
    if (phase !== "admitted" || this.#stays) return false;
    this.#forwardAt ??= now + FORWARD_AFTER;
    return now >= this.#forwardAt;
  }

  #stay() {
    this.#stays = true;
    $("[data-stay]", this.#root).hidden = true;
    $("[data-go]", this.#root).focus();
  }

  // One panel each

  /**
   * @param {any} view
   * @param {number} now
   */
  #showEarly({ phase }, now) {
    const isOpen = phase === "open";
    if (isOpen) {
      this.#text("early-title", gettext("No line is needed: the sale opens soon"));
      this.#text("early-text", gettext("You are taken to the seats in that second."));
    }
    this.#text("early-clock", duration((isOpen ? this.#room.opensAt : this.#room.joinsFrom) - now));
  }

  /**
   * @param {any} view
   * @param {number} now
   */
  #showLine(view, now) {
    if (view.notice) {
      this.#text("notice", noticeText(view.notice, now));
      this.#write("notice-kind", view.notice.kind, (kind) => ($("[data-notice]", this.#root).className = `notice ${kind} wr-notice`));
    } else {
      this.#text("notice", gettext("One moment: you are joining the line."));
    }
    this.#showOpening(view, now);
    if (view.phase !== "waiting") return;
    const place = number(view.place);
    this.#text("place", place);
    this.#write("digits", place.length >= MANY_DIGITS ? "many" : "few", (few) => ($("[data-place]", this.#root).dataset.digits = few));
    this.#text("ahead", people(view.ahead));
    this.#text("behind", people(view.behind));
    this.#text("wait", waitText(view.wait));
    this.#text("pace", paceText(view.perMinute));
    this.#text("seats", number(view.seatsLeft));
    this.#write("progress", view.progress, (share) => ($("[data-progress]", this.#root).value = share));
  }

  /**
   * @param {any} view
   * @param {number} now
   */
  #showOpening({ isOnSale }, now) {
    const time = isOnSale ? null : duration(this.#room.opensAt - now);
    this.#write("opening", time, () => {
      const line = $("[data-opening]", this.#root);
      line.replaceChildren(...(time ? sentence(gettext("The sale opens in %(time)s"), time) : ["\u00a0"]));
    });
  }

  /**
   * @param {any} view
   * @param {number} now
   */
  #showTurn({ passEndsAt }, now) {
    this.#text("pass-clock", duration(passEndsAt - now));
    const seconds = this.#forwardAt === null ? null : Math.max(0, Math.ceil((this.#forwardAt - now) / 1000));
    const text = this.#stays || seconds === null ? "\u00a0" : interpolate(gettext("You are taken there in %(seconds)s s."), { seconds });
    this.#text("forward", text);
  }

  /**
   * @param {any} view
   * @param {{title: string, detail: string} | null} refusal
   */
  #showMessage({ phase, reason }, refusal) {
    const key = `${phase} ${reason}`;
    if (this.#message === key) return;
    this.#message = key;
    const { title, text } = phase === "refused" && refusal ? { title: refusal.title, text: refusal.detail } : messageText(phase, reason);
    $("[data-message-title]", this.#root).textContent = title;
    $("[data-message-text]", this.#root).textContent = text;
    $("[data-message-actions]", this.#root).replaceChildren(...this.#actions(phase));
  }

  /** @param {string} phase */
  #actions(phase) {
    const join = h("button.button.primary", { type: "button", onclick: () => this.#join() }, gettext("Join the line again"));
    const again = (/** @type {string} */ label) => h("button.button.primary", { type: "button", onclick: () => location.reload() }, label);
    const seats = h("a.button.primary", { href: this.#room.seats }, gettext("Choose seats"));
    const orders = h("a.button", { href: "/my/orders/" }, gettext("My orders"));
    const show = h("a.button", { href: this.#room.concert }, gettext("Back to the show"));
    switch (phase) {
      case "left":
        return [join, show];
      case "out":
        return [join, orders, show];
      case "ended":
        return [again(gettext("Log in again")), show];
      case "refused":
        return [again(gettext("Load this page again")), show];
      case "open":
        return [seats];
      default:
        return [show];
    }
  }

  #join() {
    this.#message = null;
    this.onJoin();
    this.alarmToggle.focus();
  }

  // Writing

  /** @param {any} view */
  #titleOf({ phase, place, isOnSale }) {
    if (phase === "open" && isOnSale) return `🔔 ${gettext("No line is needed")} · ${this.#room.title}`;
    if (phase === "admitted") return `🔔 ${gettext("It is your turn")} · ${this.#room.title}`;
    return phase === "waiting" ? `(${number(place)}) ${this.#pageTitle}` : this.#pageTitle;
  }

  /**
   * @param {string} what
   * @param {string} text
   */
  #text(what, text) {
    this.#write(what, text, () => ($(`[data-${what}]`, this.#root).textContent = text));
  }

  /**
   * @template Value
   * @param {string} what
   * @param {Value} value
   * @param {(value: Value) => void} how
   */
  #write(what, value, how) {
    if (this.#shown.get(what) === value) return;
    this.#shown.set(what, value);
    how(value);
  }
}

/** @param {{phase: string, isOnSale: boolean}} view */
function panelOf({ phase, isOnSale }) {
  if (phase === "open" && !isOnSale) return "early";
  return PANELS[phase] ?? "message";
}

/**
 * The text with the time in bold, wherever the language puts it.
 *
 * @param {string} text
 * @param {string} time
 */
function sentence(text, time) {
  const [before, after] = text.split("%(time)s");
  return [before, h("b", {}, time), after];
}
