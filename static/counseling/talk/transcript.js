// The log of a conversation on the page. Rows are made once and changed in place, so that nothing flickers, the
// reader's place is kept, and a screen reader hears only what is new.
import { h } from "../../common/dom.js";
import { gettext, interpolate } from "../../common/i18n.js";
import { messageOf } from "../../common/problems.js";
import { formatTime } from "../../common/times.js";
import { TYPING_LASTS_MS } from "./whispers.js";
import { MessageRow, SystemRow } from "./transcript-rows.js";
import { roleName, systemEntryText } from "./messages.js";

const NEAR_PX = 48; // so close to an end counts as being there

export class Transcript {
  /**
   * @param {Element} element  is filled
   * @param {Counsel.TranscriptOptions} options
   */
  constructor(element, { talk, loadOlder, fetchFile, label }) {
    this.#talk = talk;
    this.#loadOlder = loadOlder;
    this.#fetchFile = fetchFile;
    this.#older = h("button.button.quiet.transcript-older", { type: "button", hidden: true, onclick: () => this.#showOlder() }, gettext("Earlier messages"));
    this.#list = h("ol.transcript-rows", {});
    this.#typing = h("p.transcript-typing", {}, h("span", {}), h("span.dots", { "aria-hidden": "true" }, h("i"), h("i"), h("i")));
    this.#log = h("div.transcript-log", { role: "log", "aria-live": "off", "aria-label": label, tabindex: "0" }, this.#older, this.#list);
    this.#jump = h("button.button.transcript-jump", { type: "button", hidden: true, onclick: () => this.toEnd() }, gettext("New messages"), h("span", { "aria-hidden": "true" }, "↓"));
    this.#speaker = h("p.visually-hidden", { "aria-live": "polite" });
    element.classList.add("transcript");
    element.replaceChildren(this.#log, this.#jump, this.#typing, this.#speaker);

    this.#log.addEventListener("scroll", this.#scrolled, { passive: true });
    const look = () => this.#look();
    window.addEventListener("focus", look);
    document.addEventListener("visibilitychange", look);
    const sizes = new ResizeObserver(() => this.#isAtEnd && this.toEnd());
    sizes.observe(this.#log);
    this.#endings = [
      talk.onChange(() => this.#render()),
      talk.onEntry((entry) => this.#speak(entry)),
      () => window.removeEventListener("focus", look),
      () => document.removeEventListener("visibilitychange", look),
      () => sizes.disconnect(),
    ];
    this.#render();
    this.toEnd();
  }

  #talk;
  #loadOlder;
  #fetchFile;
  #older;
  #list;
  #typing;
  #log;
  #jump;
  #speaker;
  /** @type {Counsel.Ending[]} */
  #endings;
  /** @type {Map<string, Counsel.ShownRow>} by key */
  #rows = new Map();
  /** @type {Map<string, HTMLElement>} their separators */
  #days = new Map();
  #isAtEnd = true;
  #first = Infinity; // the number of the first row
  /** @type {string | undefined} the key of the last row */
  #said;
  #timer = 0;

  destroy() {
    for (const end of this.#endings) end();
    for (const row of this.#rows.values()) row.destroy();
    window.clearTimeout(this.#timer);
  }

  toEnd() {
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#isAtEnd = true;
    this.#jump.hidden = true;
    this.#look();
  }

  #render() {
    const { scrollTop, scrollHeight } = this.#log;
    const first = this.#first;
    const known = this.#rows.size;
    this.#place();
    this.#first = this.#talk.firstSeq;
    this.#older.hidden = !this.#talk.hasOlder;
    this.#showTyping();
    if (this.#isAtEnd) {
      this.toEnd();
    } else if (this.#first < first) {
      this.#log.scrollTop = scrollTop + this.#log.scrollHeight - scrollHeight; // older ones came above
    } else if (this.#rows.size > known) {
      this.#jump.hidden = this.#talk.unread === 0;
    }
    const last = this.#talk.rows.at(-1);
    if (last?.kind === "pending" && last.key !== this.#said) this.toEnd(); // what I say I want to see
    this.#said = last?.key;
  }

  /** Put the rows into their order, making only those that are new. */
  #place() {
    /** @type {Element[]} */
    const wanted = [];
    let day = "";
    let before;
    for (const row of this.#talk.rows) {
      const { entry } = row;
      const today = formatTime(row.entry ? row.entry.sent_at : row.message.at, "date");
      if (today !== day) wanted.push(this.#dayOf(today));
      const sender = entry && entry.type !== "MESSAGE" ? null : entry && !row.isMine ? entry.sender.id : "me";
      wanted.push(this.#rowOf(row, { follows: today === day && sender !== null && sender === before }));
      day = today;
      before = sender;
    }
    const there = new Set(wanted);
    for (const node of [...this.#list.children]) if (!there.has(node)) node.remove();
    wanted.forEach((node, index) => {
      if (this.#list.children[index] !== node) this.#list.insertBefore(node, this.#list.children[index] ?? null);
    });
    this.#forget(there);
  }

  /** @param {Set<Element>} there */
  #forget(there) {
    for (const [key, row] of this.#rows) {
      if (there.has(row.node)) continue;
      row.destroy();
      this.#rows.delete(key);
    }
  }

  /** @param {string} text */
  #dayOf(text) {
    const day = this.#days.get(text) ?? h("li.transcript-day", {}, h("span", {}, text));
    this.#days.set(text, day);
    return day;
  }

  /**
   * @param {Counsel.Row} row
   * @param {{follows: boolean}} how
   */
  #rowOf(row, { follows }) {
    let shown = this.#rows.get(row.key);
    if (!shown) {
      const isMessage = row.kind === "pending" || row.entry.type === "MESSAGE";
      shown = isMessage ? new MessageRow(this.#talk, this.#fetchFile) : new SystemRow(this.#talk);
      this.#rows.set(row.key, shown);
    }
    shown.update(row);
    shown.node.classList.toggle("follows", follows);
    return shown.node;
  }

  #showTyping() {
    const typists = this.#talk.typists;
    this.#typing.classList.toggle("is-on", typists.length > 0);
    const [words] = this.#typing.children;
    words.textContent = typists.length ? interpolate(gettext("%(who)s is typing"), { who: this.#nameOf(typists[0]) }) : "";
    window.clearTimeout(this.#timer);
    if (typists.length) this.#timer = window.setTimeout(() => this.#showTyping(), TYPING_LASTS_MS);
  }

  /** @param {{id: number | null, role: string}} person */
  #nameOf({ id, role }) {
    const said = this.#talk.entries.findLast((entry) => entry.sender.id === id && entry.sender.name);
    return said?.sender.name ?? roleName(role);
  }

  /** @param {Counsel.Entry} entry */
  #speak(entry) {
    const name = entry.sender.name ?? roleName(entry.sender.role);
    const words = entry.type === "MESSAGE" ? `${name}: ${entry.content || entry.attachment?.name}` : systemEntryText(entry, this.#talk.me);
    this.#speaker.textContent = words;
  }

  #scrolled = () => {
    const { scrollTop, scrollHeight, clientHeight } = this.#log;
    this.#isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    if (this.#isAtEnd) this.#jump.hidden = true;
    if (scrollTop < NEAR_PX && scrollHeight > clientHeight) this.#showOlder();
    this.#look();
  };

  async #showOlder() {
    if (!this.#talk.hasOlder || this.#older.disabled) return;
    this.#older.disabled = true;
    try {
      await this.#loadOlder();
    } catch (error) {
      this.#speaker.textContent = messageOf(error).title;
    } finally {
      this.#older.disabled = false;
    }
  }

  /** What is at the end of a log that is in front of somebody has been seen. */
  #look() {
    const isInFront = document.visibilityState === "visible" && document.hasFocus() && this.#log.getClientRects().length > 0;
    if (isInFront && this.#isAtEnd) this.#talk.see();
  }
}
