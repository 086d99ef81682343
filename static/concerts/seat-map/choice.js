// The seats that the customer has chosen, in the order of choosing; the same for the map, the list and the summary.

export class Choice {
  /** @type {Set<number>} */
  #seats = new Set();
  /** @type {Set<(seats: number[]) => void>} */
  #listeners = new Set();
  #limit;
  #priceOf;

  /**
   * `limit` is how many may still be chosen, `priceOf(seat)` is in won.
   *
   * @param {{limit: number, priceOf: (seat: number) => number}} about
   */
  constructor({ limit, priceOf }) {
    this.#limit = limit;
    this.#priceOf = priceOf;
  }

  get limit() {
    return this.#limit;
  }

  /**
   * The limit as the server has just told it; what is chosen beyond it stays until the customer decides.
   *
   * @param {number} limit
   */
  set limit(limit) {
    this.#limit = Math.max(0, limit);
    this.#tell([]);
  }

  get seats() {
    return [...this.#seats];
  }

  get size() {
    return this.#seats.size;
  }

  get total() {
    let sum = 0;
    for (const seat of this.#seats) sum += this.#priceOf(seat);
    return sum;
  }

  /** @param {number} seat */
  has(seat) {
    return this.#seats.has(seat);
  }

  /** A Set to look at, not to change. */
  get asSet() {
    return this.#seats;
  }

  /**
   * Take a seat in; false where the limit is reached.
   *
   * @param {number} seat
   */
  add(seat) {
    if (this.#seats.has(seat)) return true;
    if (this.#seats.size >= this.#limit) return false;
    this.#seats.add(seat);
    this.#tell([seat]);
    return true;
  }

  /**
   * Let seats go. Returns those that were chosen.
   *
   * @param {...number} seats
   */
  remove(...seats) {
    const gone = seats.filter((seat) => this.#seats.delete(seat));
    if (gone.length) this.#tell(gone);
    return gone;
  }

  /**
   * Choose these seats instead, as many as the limit allows.
   *
   * @param {number[]} seats
   */
  replace(seats) {
    const before = this.seats;
    this.#seats = new Set(seats.slice(0, this.#limit));
    this.#tell([...new Set([...before, ...this.#seats])]);
  }

  /**
   * Call `fn(seats that were added or removed)` after every change.
   *
   * @param {(seats: number[]) => void} fn
   */
  onChange(fn) {
    this.#listeners.add(fn);
  }

  /** @param {number[]} changed */
  #tell(changed) {
    for (const fn of this.#listeners) fn(changed);
  }
}
