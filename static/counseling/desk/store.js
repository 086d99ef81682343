// What is on a counselor's desk, apart from any page: the API's picture of it, and what the desk hears meanwhile.

/** Parts that a conversation has at a desk: to answer, to speak in, to watch, or over and not put away yet. */
export const MINE = "mine";
export const JOINED = "joined";
export const WATCHED = "watched";
export const PAST = "past";

const MOVED = new Set(["transfer", "take_over"]);

export class DeskStore {
  /** @type {Desk.Counselor | null} null for a supervisor who is none, and before the first answer */
  counselor = null;
  /** @type {number | null} how many wait for this counselor's skills */
  waiting = null;
  isLoaded = false;
  /** @type {Desk.Offer[]} */
  offers = [];
  /** @type {Desk.ToWrapUp[]} */
  toWrapUp = [];
  /** @type {number | null} the conversation that the keyboard and the side are for */
  focus = null;
  /** @type {Map<number, Desk.Whisper[]>} by conversation: those that were not put away */
  whispers = new Map();
  /** @type {Map<number | null | undefined, Desk.Item>} by conversation */
  #items = new Map();
  /** @type {Set<number>} heard to have ended, until they are put away */
  #ended = new Set();
  /** @type {Set<() => void>} */
  #changed = new Set();

  /**
   * Call `fn()` after every change. Returns what ends that.
   *
   * @param {() => void} fn
   */
  onChange(fn) {
    this.#changed.add(fn);
    return () => this.#changed.delete(fn);
  }

  /** All conversations, those to answer first, each in the order in which it came. */
  get items() {
    const rank = [MINE, JOINED, WATCHED, PAST];
    return [...this.#items.values()].sort((one, other) => rank.indexOf(one.part) - rank.indexOf(other.part) || one.id - other.id);
  }

  /** @param {number | null} [id] */
  item(id) {
    return this.#items.get(id) ?? null;
  }

  get focused() {
    return this.item(this.focus);
  }

  /**
   * Take in GET /api/counselors/desk: it is the truth, but for what is only watched.
   *
   * @param {Desk.Picture} desk
   */
  take(desk) {
    this.counselor = desk.counselor;
    this.offers = desk.offers;
    const wasToWrapUp = new Set(this.toWrapUp.map((one) => one.session_id));
    this.toWrapUp = desk.to_wrap_up;
    const toWrapUp = new Set(desk.to_wrap_up.map((one) => one.session_id));
    const present = new Set();
    for (const part of [MINE, JOINED]) {
      for (const session of part === MINE ? desk.conversations : desk.joined) {
        present.add(session.id);
        this.#put(session, part);
      }
    }
    for (const item of [...this.#items.values()]) {
      if (present.has(item.id) || item.part === WATCHED) continue;
      if (toWrapUp.has(item.id) || (this.#ended.has(item.id) && !wasToWrapUp.has(item.id))) item.part = PAST;
      else this.#remove(item.id);
    }
    this.isLoaded = true;
    this.#keepFocus();
    this.#tell();
  }

  /** What is to be wrapped up but is not here, as after a reload: its conversations have to be fetched. */
  get missing() {
    return this.toWrapUp.map((one) => one.session_id).filter((id) => !this.#items.has(id));
  }

  /**
   * Put a conversation on the desk: one that is watched, or that has ended and is to be wrapped up.
   *
   * @param {Desk.Session} session
   * @param {string} part
   */
  add(session, part) {
    if (this.#items.has(session.id) && part === WATCHED) return;
    this.#put(session, part);
    this.#keepFocus();
    this.#tell();
  }

  /**
   * Put a conversation away. Those to answer stay.
   *
   * @param {number} id
   */
  putAway(id) {
    if (this.item(id)?.part === MINE) return;
    this.#remove(id);
    this.#keepFocus();
    this.#tell();
  }

  /** @param {number | null} id */
  setFocus(id) {
    if (this.focus === id || !this.#items.has(id)) return;
    this.focus = id;
    this.#tell();
  }

  /**
   * Go `step` conversations on from the one in focus.
   *
   * @param {number} step
   */
  moveFocus(step) {
    const ids = this.items.map((item) => item.id);
    if (!ids.length) return;
    const at = ids.findIndex((id) => id === this.focus);
    this.setFocus(ids[(at + step + ids.length) % ids.length]);
  }

  /**
   * Take in what /sub/counselor/{id} says. Returns whether the desk should be read again.
   *
   * @param {Desk.Event} event
   */
  hear(event) {
    switch (event.type) {
      case "STATE":
        if (this.counselor) Object.assign(this.counselor, { state: event.state, load: event.load, capacity: event.capacity });
        break;
      case "QUEUE":
        this.waiting = event.waiting;
        this.#tell();
        return false;
      case "OFFERED":
        if (event.expires_at && !this.offers.some((one) => one.session_id === event.session_id)) {
          this.offers = [...this.offers, event];
        }
        break;
      case "OFFER_LAPSED":
        this.dropOffer(event.session_id);
        break;
      case "ASSIGNED":
        this.dropOffer(event.session_id);
        break;
      case "ENDED":
        if (!MOVED.has(event.reason)) this.#ended.add(event.session_id);
        break;
      case "WHISPER":
        this.whispers.set(event.session_id, [...(this.whispers.get(event.session_id) ?? []), event]);
        this.#tell();
        return false;
    }
    this.#tell();
    return true;
  }

  /** @param {number} sessionId */
  dropOffer(sessionId) {
    this.offers = this.offers.filter((one) => one.session_id !== sessionId);
    this.#tell();
  }

  /** @param {number} sessionId */
  hideWhispers(sessionId) {
    this.whispers.delete(sessionId);
    this.#tell();
  }

  /**
   * @param {Desk.Session} session
   * @param {string} part
   */
  #put(session, part) {
    const item = this.#items.get(session.id);
    if (item) Object.assign(item, { session, part });
    else this.#items.set(session.id, { id: session.id, session, part });
  }

  /** @param {number} id */
  #remove(id) {
    this.#items.delete(id);
    this.#ended.delete(id);
    this.whispers.delete(id);
  }

  #keepFocus() {
    if (!this.#items.has(this.focus)) this.focus = this.items[0]?.id ?? null;
  }

  #tell() {
    for (const fn of [...this.#changed]) fn();
  }
}
