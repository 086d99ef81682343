// The help panel: a dialog beside the page, or over all of a small screen. Its views are in views/; what it shows is
// remembered, so that another page, or a reload, goes on where it was.
import { $, fill, h, svg } from "../../common/dom.js";
import { gettext, interpolate, ngettext } from "../../common/i18n.js";
import { live } from "../../common/live.js";
import { announce } from "../../common/notices.js";
import { messageOf, oneTooManyText } from "../../common/problems.js";
import { chime } from "../talk/chime.js";
import { HelpModel } from "./model.js";
import { isSmall, isSoundOn, rememberPanel, rememberedPanel, setSound } from "./state.js";
import { askView } from "./views/ask.js";
import { hintsView } from "./views/hints.js";
import { historyView } from "./views/history.js";
import { homeView } from "./views/home.js";
import { inquiryView } from "./views/inquiry.js";
import { talkView } from "./views/talk.js";

/** @type {Record<string, (panel: Help.Panel, place: Help.Place) => Help.Made | Promise<Help.Made>>} */
const VIEWS = { home: homeView, hints: hintsView, ask: askView, talk: talkView, inquiry: inquiryView, history: historyView };
/** @type {Help.Place} */
const HOME = { name: "home" };
const LOADING_MS = 250; // a shorter wait needs no words
const BACK = "M15 5l-7 7 7 7";
const CLOSE = "M6 6l12 12M18 6L6 18";
const SPEAKER = "M4 10v4h4l5 4V6l-5 4z";
const WAVES = "M16.5 9a4.2 4.2 0 0 1 0 6M19 6.5a8 8 0 0 1 0 11";
const CROSSED = "M16.5 9.5l5 5M21.5 9.5l-5 5";

class Panel {
  constructor() {
    this.#launcher = $("#help-launcher");
    this.#dialog = $("#help-panel");
    const { user } = this.#launcher.dataset;
    this.model = user ? new HelpModel(Number(user)) : null;
    this.#back = button(gettext("Back"), () => this.go(this.#view?.back ?? HOME), BACK);
    this.#title = h("h2.help-title", { id: "help-title", tabindex: "-1", autofocus: true });
    this.#sound = h("button.help-tool", { type: "button", onclick: () => this.#switchSound() });
    this.#bar = h("p.help-bar", { role: "status" });
    this.#body = h("div.help-body", {});
    this.#dialog.append(
      h("header.help-head", {}, this.#back, this.#title, this.model ? this.#sound : null, button(gettext("Close help"), () => this.close(), CLOSE)),
      this.#bar,
      this.#body,
    );
    this.#dialog.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.#pressed(event));
    this.#dialog.addEventListener("cancel", (/** @type {Event} */ event) => {
      event.preventDefault();
      this.close();
    });
    this.#showSound();
    this.#watchScreen();
    if (this.model) {
      this.model.onChange(() => this.#count());
      this.model.onEntry = (entry, session) => this.#heard(entry, session);
      live.onState(() => this.#showConnection());
      document.addEventListener("login-ended", () => this.#showConnection());
    }
  }

  #launcher;
  #dialog;
  #back;
  #title;
  #sound;
  #bar;
  #body;
  /** @type {(Help.Place & Help.Made) | null} */
  #view = null;
  /** @type {Promise<unknown> | null} */
  #styles = null;
  #opening = 0;

  get isOpen() {
    return this.#dialog.open;
  }

  /** Follow the conversations that go on without opening anything. */
  async watch() {
    try {
      await this.model?.start();
    } catch {
      // The panel says so when it is opened, and tries again.
    }
  }

  /** @param {Help.Place | null} view */
  async open(view, { isFocused = true } = {}) {
    await this.#style();
    if (!this.isOpen) this.#show({ isFocused });
    const wanted = view ?? (this.#view ? placeOf(this.#view) : rememberedPanel().view) ?? HOME;
    if (!this.#view || view) await this.go(wanted, { isFocused });
    else this.#remember();
  }

  close() {
    this.#dialog.close();
    this.#launcher.setAttribute("aria-expanded", "false");
    document.documentElement.classList.remove("has-help-over-all");
    this.#launcher.focus({ preventScroll: true });
    this.#remember();
  }

  /**
   * Show a view in place of the present one.
   *
   * @param {Help.Place} place
   */
  async go(place, { isFocused = true } = {}) {
    const turn = (this.#opening += 1);
    /** @type {Help.Place} */
    const wanted = this.model ? place : { name: "hints" };
    this.#leave();
    const waiting = window.setTimeout(() => {
      this.#body.replaceChildren(h("p.help-loading.quiet", { role: "status" }, gettext("One moment…")));
    }, LOADING_MS);
    /** @type {Help.Made} */
    let made;
    try {
      if (this.model && wanted.name !== "hints") await this.model.start();
      made = await VIEWS[wanted.name](/** @type {Help.Panel} */ (this), wanted); // the hints need no model
    } catch (error) {
      made = failedView(error, () => this.go(place));
    }
    window.clearTimeout(waiting);
    if (turn !== this.#opening) {
      made.destroy?.();
      return;
    }
    this.#view = { ...wanted, back: null, ...made };
    this.#title.textContent = made.title;
    this.#back.hidden = !made.back;
    this.#body.replaceChildren(made.node);
    this.#body.scrollTop = 0;
    this.#remember();
    if (isFocused && this.isOpen) (made.focus?.() ?? this.#title).focus({ preventScroll: true });
    made.shown?.();
  }

  /**
   * The view that is shown has another title from now on.
   *
   * @param {string} text
   */
  retitle(text) {
    if (this.#view && this.#title.textContent !== text) this.#title.textContent = text;
  }

  #leave() {
    this.#view?.destroy?.();
    this.#view = null;
  }

  #remember() {
    rememberPanel({ isOpen: this.isOpen, view: this.#view && placeOf(this.#view) });
  }

  /** @param {{isFocused: boolean}} how */
  #show({ isFocused }) {
    const before = document.activeElement;
    if (isSmall()) {
      this.#dialog.showModal();
      document.documentElement.classList.add("has-help-over-all");
    } else {
      this.#dialog.show();
      // The page that was asked for has the focus, not the panel that came along.
      if (!isFocused) (before instanceof HTMLElement ? before : document.body).focus({ preventScroll: true });
      const { activeElement } = document;
      if (!isFocused && activeElement instanceof HTMLElement && this.#dialog.contains(activeElement)) activeElement.blur();
    }
    this.#launcher.setAttribute("aria-expanded", "true");
    this.#fit();
  }

  /** The styles of the panel are no part of a page's first view. */
  #style() {
    this.#styles ??= Promise.all(
      this.#dialog.dataset.styles.split(" ").map(
        (/** @type {string} */ href) =>
          new Promise((resolve) => {
            document.head.append(h("link", { rel: "stylesheet", href, onload: resolve, onerror: resolve }));
          }),
      ),
    );
    return this.#styles;
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
    event.preventDefault();
    this.close();
  }

  /** A keyboard on the screen takes its part of it away; the panel stays above. */
  #fit() {
    const viewport = window.visualViewport;
    if (!viewport) return;
    this.#dialog.style.setProperty("--help-height", `${viewport.height}px`);
    this.#dialog.style.setProperty("--help-top", `${viewport.offsetTop}px`);
  }

  #watchScreen() {
    window.visualViewport?.addEventListener("resize", () => this.#fit());
    window.visualViewport?.addEventListener("scroll", () => this.#fit());
    window.matchMedia("(max-width: 40rem), (max-height: 26rem)").addEventListener("change", () => {
      if (!this.isOpen) return;
      this.#dialog.close();
      document.documentElement.classList.remove("has-help-over-all");
      this.#show({ isFocused: false });
    });
  }

  // What one hears of while the panel is closed

  #count() {
    const unread = this.model?.unread ?? 0;
    const badge = $(".help-badge", this.#launcher);
    badge.hidden = unread === 0;
    badge.textContent = unread > 99 ? "99+" : String(unread || "");
    const words = interpolate(ngettext("Help, %(n)s new message", "Help, %(n)s new messages", unread), { n: unread });
    this.#launcher.setAttribute("aria-label", unread ? words : gettext("Help"));
    const title = document.title.replace(/^\(\d+\) /, "");
    const wanted = unread ? `(${unread}) ${title}` : title;
    if (document.title !== wanted) document.title = wanted;
  }

  /**
   * @param {Counsel.Entry} entry
   * @param {Help.Session | undefined} session
   */
  #heard(entry, session) {
    const isSeen = this.isOpen && this.#view?.name === "talk" && this.#view.sessionId === session?.id && document.hasFocus();
    if (isSeen) return;
    if (isSoundOn()) chime();
    if (entry.type === "MESSAGE") {
      announce(interpolate(gettext("New message from %(name)s"), { name: entry.sender.name ?? gettext("Ticket-Live") }));
    }
  }

  #switchSound() {
    setSound(!isSoundOn());
    this.#showSound();
    if (isSoundOn()) chime();
  }

  #showSound() {
    const label = isSoundOn() ? gettext("Sound for new messages is on") : gettext("Sound for new messages is off");
    this.#sound.setAttribute("aria-label", label);
    this.#sound.setAttribute("title", label);
    this.#sound.setAttribute("aria-pressed", String(isSoundOn()));
    this.#sound.replaceChildren(svg("0 0 24 24", SPEAKER, isSoundOn() ? WAVES : CROSSED));
  }

  #showConnection() {
    /** @type {Partial<Record<Live.State, string>>} */
    const texts = {
      lost: live.isOneTooMany
        ? oneTooManyText()
        : gettext("The connection is lost. What you write is kept, and sent as soon as it is back."),
      ended: gettext("You are logged out. What you have typed is kept here; log in to go on."),
    };
    this.#bar.classList.toggle("is-bad", live.state === "ended");
    const next = encodeURIComponent(window.location.pathname + window.location.search);
    const link = live.state === "ended" ? h("a", { href: `${this.#launcher.dataset.logIn}?next=${next}` }, gettext("Log in")) : null;
    fill(this.#bar, texts[live.state], link && " ", link);
  }
}

/**
 * @param {string} label
 * @param {() => void} onclick
 * @param {string} path
 */
function button(label, onclick, path) {
  return h("button.help-tool", { type: "button", "aria-label": label, title: label, onclick }, svg("0 0 24 24", path));
}

/**
 * @param {Notices.Failure} error
 * @param {() => void} again
 * @returns {Help.Made}
 */
function failedView(error, again) {
  if (!error.code) window.reportError(error);
  const { title, detail } = messageOf(error);
  const node = h(
    "div.help-page",
    {},
    h("div.notice.error", { role: "alert" }, h("strong", {}, title), h("p", {}, detail)),
    h("button.button.primary", { type: "button", onclick: again }, gettext("Try again")),
  );
  return { title: gettext("Help"), node, back: HOME };
}

/**
 * What is remembered of a view.
 *
 * @param {Help.Place} view
 * @returns {Help.Place}
 */
function placeOf({ name, sessionId, categoryId }) {
  return { name, sessionId, categoryId };
}

export const panel = new Panel();
