// The one place beside the choice where the page says what happened and how to go on.
import { h } from "../../common/dom.js";
import { gettext } from "../../common/i18n.js";

export class Board {
  #element;
  #next;
  /** @type {string | null} */
  #about = null;

  /**
   * `next` takes the focus of a button that goes away with its message.
   *
   * @param {HTMLElement} element
   * @param {{next: HTMLElement}} around
   */
  constructor(element, { next }) {
    this.#element = element;
    this.#next = next;
  }

  /** @param {string} subject */
  isAbout(subject) {
    return this.#about === subject;
  }

  /**
   * Show a message; `actions` are [{label, href | onClick}]. One takes the place of the one before.
   *
   * @param {string} about
   * @param {SeatMap.Message} message
   */
  show(about, { title, detail = "", more = "", actions = [], kind = "warning" }) {
    this.#about = about;
    const close = h("button.button.quiet", { type: "button", onclick: () => this.clear() }, gettext("Close"));
    this.#element.replaceChildren(
      h(
        `div.notice.${kind}`,
        {},
        h("strong", {}, title),
        detail && h("p", {}, detail),
        more && h("p", {}, more),
        h("div.cluster", {}, actions.map(button), close),
      ),
    );
  }

  clear() {
    const hadFocus = this.#element.contains(document.activeElement);
    this.#about = null;
    this.#element.replaceChildren();
    if (hadFocus) this.#next.focus();
  }
}

/** @param {Notices.Action} action */
function button({ label, href, onClick }) {
  if (href) return h("a.button", { href }, label);
  return h("button.button", { type: "button", onclick: onClick }, label);
}
