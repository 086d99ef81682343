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

/** @typedef {{ahead: number, wait: number}} Distance  people, and milliseconds, before somebody's turn */

export class Looks {
  /** @param {() => number} random */
  constructor(random) {
    this.#random = random;
  }

  #random;
  #failures = 0; // looks in a row that have shown nothing
  #worthWhile = SHORTEST; // after which the line shows something else, by its own word

  #endedAt = -Infinity;

  /** When to look next; Infinity while a look is on its way. */
  at = 0;

  /** Whether to follow the line each second. */
  isNear = false;

  begin() {
    this.at = Infinity;
  }

  /** Whether looks have shown nothing for so long that they are as seldom as can be. */
  get isInVain() {
    return this.#failures > 0 && this.#worthWhile === LONGEST;
  }

  /**
   * A look has shown something, or null; see `later` for the distance.
   *
   * @param {{next_look_seconds: number} | null} shown
   * @param {Distance | null} distance
   * @param {number} now
   */
  end(shown, distance, now) {
    this.#endedAt = now;
    this.#failures = shown ? 0 : this.#failures + 1;
    this.#worthWhile = shown ? Math.max(SHORTEST, shown.next_look_seconds * SECOND) : Math.min(LONGEST, 2 * this.#worthWhile);
    this.later(distance, now);
  }

  /**
   * The place is known as of now: `ahead` people and a `wait` are before its owner. Null for somebody without one.
   *
   * @param {Distance | null} distance
   * @param {number} now
   */
  later(distance, now) {
    if (distance) this.#come(distance);
    const pause = Math.min(LONGEST, Math.max(this.#worthWhile, (distance?.wait ?? 0) / LOOKS_PER_WAIT));
    this.at = now + pause * (1 + SPREAD * this.#random());
  }

  /**
   * Look at once, though not twice in a moment.
   *
   * @param {number} now
   */
  soon(now) {
    if (this.at !== Infinity) this.at = Math.min(this.at, Math.max(now, this.#endedAt + SHORTEST));
  }

  /**
   * The live connection has told something: no look is needed while it does.
   *
   * @param {Distance} distance
   * @param {number} now
   */
  heard({ ahead, wait }, now) {
    this.#come({ ahead, wait });
    this.at = now + NEWS_KEEP_COMING;
  }

  /**
   * Who has come near stays so, unless the wait has become another altogether.
   *
   * @param {Distance} distance
   */
  #come({ ahead, wait }) {
    this.isNear = ahead < NEAR_PEOPLE || wait < NEAR_WAIT * (this.isNear ? 2 : 1);
  }
}
