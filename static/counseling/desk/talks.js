// The conversations of the desk that are followed: one Talk each, for as long as it is on the desk.
import { openTalk } from "../talk/open.js";
import { JOINED, MINE, WATCHED } from "./store.js";

export class Talks {
  constructor(settings, store) {
    this.#settings = settings;
    this.#store = store;
    store.onChange(() => this.#follow());
  }

  #settings;
  #store;
  #open = new Map(); // session id -> what openTalk gives, and the part it was opened for
  #changed = new Set();
  #heard = new Set();

  /** Call `fn()` when any conversation has changed. */
  onChange(fn) {
    this.#changed.add(fn);
  }

  /** Call `fn(id, entry)` for each new entry of somebody else. */
  onEntry(fn) {
    this.#heard.add(fn);
  }

  get(id) {
    return this.#open.get(id) ?? null;
  }

  /** How many messages wait to be read. */
  get unread() {
    return this.#store.items.reduce((sum, item) => sum + this.unreadOf(item), 0);
  }

  /** Only what one answers is read by somebody: who watches or has joined leaves no mark. */
  unreadOf({ id, part }) {
    return part === MINE ? (this.#open.get(id)?.talk.unread ?? 0) : 0;
  }

  #follow() {
    const items = new Map(this.#store.items.map((item) => [item.id, item]));
    for (const [id, opened] of this.#open) {
      const item = items.get(id);
      if (item && opened.as === this.#roleOf(item)) {
        opened.talk.setSession(item.session);
      } else {
        opened.close();
        this.#open.delete(id);
      }
    }
    for (const item of items.values()) if (!this.#open.has(item.id)) this.#openOne(item);
  }

  #openOne(item) {
    const as = this.#roleOf(item);
    const me = { id: this.#settings.user.id, role: as === "counselor" ? "counselor" : "supervisor" };
    const opened = openTalk(item.session, me, { watch: as === "watcher", onRefused: () => this.#store.putAway(item.id) });
    opened.as = as;
    this.#open.set(item.id, opened);
    opened.talk.onChange(() => this.#changed.forEach((fn) => fn()));
    opened.talk.onEntry((entry) => this.#heard.forEach((fn) => fn(item.id, entry)));
  }

  /** As what one takes part. What is over stays as it was opened. */
  #roleOf({ id, part }) {
    if (part === MINE) return "counselor";
    if (part === JOINED) return "supervisor";
    if (part === WATCHED) return "watcher";
    return this.#open.get(id)?.as ?? "counselor";
  }
}
