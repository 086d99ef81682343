// The list of canned replies above a composer, while a shortcut such as "/hello" is typed.
import { call } from "../../common/api.js";
import { h } from "../../common/dom.js";
import { gettext, interpolate, ngettext } from "../../common/i18n.js";
import { announce } from "../../common/notices.js";

/** @type {Desk.Reply[]} */
let replies = [];
/** @type {Promise<unknown> | null} */
let reading = null;
let lists = 0;
/**
 * How shortcuts are read: loaded with the first one.
 *
 * @import * as Canned from "./canned.js"
 * @type {typeof Canned}
 */
let canned;

/** Read the canned replies, once; `forgetReplies()` after a change. What cannot be read now is tried again. */
function readReplies() {
  reading ??= call("/api/counselors/canned-replies").then((found) => void (replies = found), () => (reading = null));
  return reading;
}

export function forgetReplies() {
  reading = null;
  replies = [];
}

export class Suggestions {
  /**
   * @param {{composer: Counsel.Composer, session: () => Desk.Session, counselor: string}} options  `counselor`: its name
   */
  constructor({ composer, session, counselor }) {
    this.#field = composer.textarea;
    this.#composer = composer;
    this.#session = session;
    this.#counselor = counselor;
    const id = `desk-suggestions-${(lists += 1)}`;
    this.node = h("ul.desk-suggestions", { id, role: "listbox", "aria-label": gettext("Canned replies"), hidden: true });
    this.#field.setAttribute("aria-autocomplete", "list");
    this.#field.setAttribute("aria-controls", id);
    this.#field.addEventListener("input", () => this.#look());
    this.#field.addEventListener("click", () => this.#look());
    this.#field.addEventListener("blur", () => window.setTimeout(() => this.#hide(), 150));
    // Before the composer's own: Enter puts the reply in, and does not send.
    this.#field.parentElement?.addEventListener("keydown", (event) => this.#pressed(event), { capture: true });
  }

  #field;
  #composer;
  #session;
  #counselor;
  /** @type {Desk.Reply[]} */
  #found = [];
  /** @type {Desk.Command | null} */
  #command = null;
  #at = 0;

  /** Begin a shortcut where the cursor is. */
  begin() {
    const { value, selectionStart } = this.#field;
    const needsSpace = selectionStart > 0 && !/\s/.test(value[selectionStart - 1]);
    this.#composer.insert(needsSpace ? " /" : "/");
    this.#look();
  }

  async #look() {
    if (this.#field.value.includes("/")) canned ??= await import("./canned.js");
    this.#command = canned?.commandAt(this.#field.value, this.#field.selectionStart) ?? null;
    if (!this.#command) {
      this.#hide();
      return;
    }
    await readReplies();
    this.#found = canned.suggestions(replies, this.#command?.query ?? "", this.#session().category.id);
    this.#at = 0;
    this.#render();
  }

  #render() {
    this.node.replaceChildren(
      ...this.#found.map((reply, at) =>
        h(
          "li",
          { id: `${this.node.id}-${at}`, role: "option", "aria-selected": String(at === this.#at), onmousedown: (event) => { event.preventDefault(); this.#put(at); } },
          h("code", {}, `/${reply.shortcut}`),
          h("span.desk-suggestion-title", {}, reply.title),
          h("span.desk-suggestion-text.quiet", {}, reply.content),
        ),
      ),
    );
    const isShown = this.#found.length > 0;
    if (isShown && this.node.hidden) announce(interpolate(ngettext("%(count)s canned reply", "%(count)s canned replies", this.#found.length), { count: this.#found.length }));
    this.node.hidden = !isShown;
    if (isShown) this.#field.setAttribute("aria-activedescendant", `${this.node.id}-${this.#at}`);
    else this.#field.removeAttribute("aria-activedescendant");
    this.node.children[this.#at]?.scrollIntoView({ block: "nearest" });
  }

  #hide() {
    this.#found = [];
    this.#render();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (this.node.hidden || event.target !== this.#field || event.isComposing) return;
    const { key } = event;
    const step = Number(key === "ArrowDown") - Number(key === "ArrowUp");
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (!step && !["Enter", "Tab", "Escape"].includes(key)) return;
    event.preventDefault();
    event.stopPropagation();
    if (step) this.#move(step);
    else if (key === "Escape") this.#hide();
    else this.#put(this.#at);
  }

  /** @param {number} step */
  #move(step) {
    this.#at = (this.#at + step + this.#found.length) % this.#found.length;
    this.#render();
  }

  /** @param {number} at */
  #put(at) {
    const reply = this.#found[at];
    if (!this.#command) return;
    const content = canned.filled(reply.content, { customer: this.#session().customer.name, counselor: this.#counselor });
    const { text, caret } = canned.putReply(this.#field.value, this.#field.selectionStart, this.#command, content);
    this.#composer.insert(text, { replace: true });
    this.#field.setSelectionRange(caret, caret);
    this.#hide();
  }
}
