// When a page sees next what the line tells everybody, and whether the turn is so near that a connection of one's own
// is worth its cost. Times in milliseconds; node can test all of it.

const SECOND = 1000;
const LOOKS_PER_WAIT = 10; // each leaves nine tenths of the wait
const SHORTEST = SECOND;
const LONGEST = 60 * SECOND;
const SPREAD = 0.15; // by which a crowd that came in one moment looks at different ones
const NEWS_KEEP_COMING = 5 * SECOND; // after some by the live connection, which tells each second
const NEAR_PEOPLE = 200; // ahead, or
const NEAR_WAIT = 30 * SECOND; // of a wait, from which on the line is followed each second

export class Looks {
  constructor(random) {
    this.#random = random;
  }

  #random;
  #worthWhile = SHORTEST; // after which the line shows something else, by its own word

  /** When to look next; Infinity while a look is on its way. */
  at = 0;

  /** Whether to follow the line each second. */
  isNear = false;

  begin() {
    this.at = Infinity;
  }

  /** A look has shown something, or null; `ahead` people and a `wait` are before its owner. */
  end(shown, { ahead, wait }, now) {
    this.#worthWhile = shown ? Math.max(SHORTEST, shown.next_look_seconds * SECOND) : Math.min(LONGEST, 2 * this.#worthWhile);
    this.later({ ahead, wait }, now);
  }

  /** The place is known as of now. */
  later({ ahead, wait }, now) {
    this.#come({ ahead, wait });
    const pause = Math.min(LONGEST, Math.max(this.#worthWhile, wait / LOOKS_PER_WAIT));
    this.at = now + pause * (1 + SPREAD * this.#random());
  }

  /** The live connection has told something: no look is needed while it does. */
  heard({ ahead, wait }, now) {
    this.#come({ ahead, wait });
    this.at = now + NEWS_KEEP_COMING;
  }

  /** Who has come near stays so, unless the wait has become another altogether. */
  #come({ ahead, wait }) {
    this.isNear = ahead < NEAR_PEOPLE || wait < NEAR_WAIT * (this.isNear ? 2 : 1);
  }
}
