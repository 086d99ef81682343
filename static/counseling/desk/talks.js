// The conversations of the desk that are followed: one Talk each, for as long as it is on the desk.
import { openTalk } from "../talk/open.js";
import { JOINED, MINE, WATCHED } from "./store.js";

export class Talks {
  /**
   * @param {Desk.Settings} settings
   * @param {Desk.Store} store
   */
  constructor(settings, store) {
    this.#settings = settings;
    this.#store = store;
    store.onChange(() => this.#follow());
  }

  #settings;
  #store;
  /** @type {Map<number | null, Desk.Opened>} by conversation, with as what it was opened */
  #open = new Map();
  /** @type {Set<() => void>} */
  #changed = new Set();
  /** @type {Set<(id: number, entry: Counsel.Entry) => void>} */
  #heard = new Set();

  /**
   * Call `fn()` when any conversation has changed.
   *
   * @param {() => void} fn
   */
  onChange(fn) {
    this.#changed.add(fn);
  }

  /**
   * Call `fn(id, entry)` for each new entry of somebody else.
   *
   * @param {(id: number, entry: Counsel.Entry) => void} fn
   */
  onEntry(fn) {
    this.#heard.add(fn);
  }

  /** @param {number | null} id */
  get(id) {
    return this.#open.get(id) ?? null;
  }

  /** How many messages wait to be read. */
  get unread() {
    return this.#store.items.reduce((sum, item) => sum + this.unreadOf(item), 0);
  }

  /**
   * Only what one answers is read by somebody: who watches or has joined leaves no mark.
   *
   * @param {{id: number, part: string}} item
   */
  unreadOf({ id, part }) {
    return part === MINE ? (this.#open.get(id)?.talk.unread ?? 0) : 0;
  }

  #follow() {
    for (const [id, opened] of this.#open) {
      const item = this.#store.item(id);
      if (item && opened.as === this.#roleOf(item)) {
        opened.talk.setSession(item.session);
      } else {
        opened.close();
        this.#open.delete(id);
      }
    }
    for (const item of this.#store.items) if (!this.#open.has(item.id)) this.#openOne(item);
  }

  /** @param {Desk.Item} item */
  #openOne(item) {
    const as = this.#roleOf(item);
    const me = { id: this.#settings.user.id, role: as === "counselor" ? "counselor" : "supervisor" };
    const opened = openTalk(item.session, me, { watch: as === "watcher", onRefused: () => this.#store.putAway(item.id) });
    this.#open.set(item.id, { ...opened, as });
    opened.talk.onChange(() => this.#changed.forEach((fn) => fn()));
    opened.talk.onEntry((entry) => this.#heard.forEach((fn) => fn(item.id, entry)));
  }

  /**
   * As what one takes part. What is over stays as it was opened.
   *
   * @param {Desk.Item} item
   */
  #roleOf({ id, part }) {
    if (part === MINE) return "counselor";
    if (part === JOINED) return "supervisor";
    if (part === WATCHED) return "watcher";
    return this.#open.get(id)?.as ?? "counselor";
  }
}
