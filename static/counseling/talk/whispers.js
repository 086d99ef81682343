// What the people of a conversation tell each other for now, and nobody keeps: who is typing, and how far each side has
// read. Pure, as talk.js.

export const TYPING_EVERY_MS = 3_000;
export const TYPING_LASTS_MS = 6_000;

export class Whispers {
  /** @param {Counsel.WhisperOptions} options */
  constructor({ session, me, isWatching, send, now }) {
    this.#me = me;
    this.#isWatching = isWatching;
    this.#send = send;
    this.#now = now;
    this.#read = { customer: session.customer_read_seq ?? 0, counselor: session.counselor_read_seq ?? 0 };
  }

  #me;
  #isWatching;
  #send;
  #now;
  /** @type {Record<string, number>} how far each side has read */
  #read;
  /** @type {Map<number | null, {role: string, until: number}>} by user */
  #typing = new Map();
  #typedAt = -Infinity;

  /** How far I have read. */
  get mine() {
    return this.#read[this.#me.role] ?? 0;
  }

  get theirs() {
    return this.#me.role === "customer" ? this.#read.counselor : this.#read.customer;
  }

  /** Who is typing right now, as [{id, role}]. */
  get typists() {
    const now = this.#now();
    return [...this.#typing].filter(([, one]) => one.until > now).map(([id, { role }]) => ({ id, role }));
  }

  /** @param {Counsel.LiveEvent} event */
  hear(event) {
    if (event.type === "READ") {
      const side = event.sender.role;
      if (side in this.#read) this.#read[side] = Math.max(this.#read[side], event.seq_read);
    } else if (event.type === "TYPING" && event.sender.id !== this.#me.id) {
      this.#typing.set(event.sender.id, { role: event.sender.role, until: this.#now() + TYPING_LASTS_MS });
    }
  }

  /**
   * Forget that somebody types who has just said something.
   *
   * @param {number | null} id
   */
  hasSaid(id) {
    this.#typing.delete(id);
  }

  /** Show that I am typing; at most once in a while. */
  type() {
    const now = this.#now();
    if (now - this.#typedAt < TYPING_EVERY_MS) return;
    this.#typedAt = now;
    this.#say({ type: "TYPING" });
  }

  /**
   * Say that I have read so far; returns whether that is news.
   *
   * @param {number} seq
   */
  see(seq) {
    if (this.#isWatching || seq <= this.mine || !(this.#me.role in this.#read)) return false;
    this.#read[this.#me.role] = seq;
    this.#say({ type: "READ", seq });
    return true;
  }

  /** Say again how far I have read: a word about reading is lost with the connection. */
  seeAgain() {
    if (!this.#isWatching && this.mine) this.#say({ type: "READ", seq: this.mine });
  }

  /** @param {object} body */
  #say(body) {
    this.#send(body, { receipt: false }).catch(() => {}); // a word for now: the next one will do
  }
}
