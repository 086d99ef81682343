// The seats by squares of the hall, so that a finger finds its seat without asking ten thousand.

const SQUARE = 2; // metres

export class SeatGrid {
  #plan;
  #left = 0;
  #top = 0;
  #columns = 0;
  #lines = 0;
  #starts;
  #seats;

  /**
   * @param {SeatMap.Plan} plan
   * @param {SeatMap.Bounds} bounds
   */
  constructor(plan, [left, top, right, bottom]) {
    this.#plan = plan;
    this.#left = left;
    this.#top = top;
    this.#columns = Math.max(1, Math.floor((right - left) / SQUARE) + 1);
    this.#lines = Math.max(1, Math.floor((bottom - top) / SQUARE) + 1);
    this.#starts = new Uint32Array(this.#columns * this.#lines + 1);
    this.#seats = new Uint32Array(plan.count);
    this.#sort();
  }

  /**
   * The seat nearest to a point, no further than `reach` metres; -1 where there is none.
   *
   * @param {number} x
   * @param {number} y
   * @param {number} reach
   */
  nearest(x, y, reach) {
    const { x: xs, y: ys } = this.#plan;
    let found = -1;
    let least = reach * reach;
    for (let line = this.#line(y - reach); line <= this.#line(y + reach); line += 1) {
      for (let column = this.#column(x - reach); column <= this.#column(x + reach); column += 1) {
        const square = line * this.#columns + column;
        for (let i = this.#starts[square]; i < this.#starts[square + 1]; i += 1) {
          const seat = this.#seats[i];
          const away = (xs[seat] - x) ** 2 + (ys[seat] - y) ** 2;
          if (away <= least) [found, least] = [seat, away];
        }
      }
    }
    return found;
  }

  /**
   * Write the seats of all squares that a rectangle touches into `into`; return how many.
   *
   * @param {number} left
   * @param {number} top
   * @param {number} right
   * @param {number} bottom
   * @param {Uint32Array} into
   */
  collect(left, top, right, bottom, into) {
    let count = 0;
    const [firstColumn, lastColumn] = [this.#column(left), this.#column(right)];
    for (let line = this.#line(top); line <= this.#line(bottom); line += 1) {
      const from = this.#starts[line * this.#columns + firstColumn];
      const to = this.#starts[line * this.#columns + lastColumn + 1];
      for (let i = from; i < to; i += 1) into[count + i - from] = this.#seats[i];
      count += to - from;
    }
    return count;
  }

  #sort() {
    const { count, x, y } = this.#plan;
    const squareOf = new Uint32Array(count);
    for (let seat = 0; seat < count; seat += 1) {
      squareOf[seat] = this.#line(y[seat]) * this.#columns + this.#column(x[seat]);
      this.#starts[squareOf[seat] + 1] += 1;
    }
    for (let i = 1; i < this.#starts.length; i += 1) this.#starts[i] += this.#starts[i - 1];
    const next = this.#starts.slice();
    for (let seat = 0; seat < count; seat += 1) {
      this.#seats[next[squareOf[seat]]] = seat;
      next[squareOf[seat]] += 1;
    }
  }

  /** @param {number} x */
  #column(x) {
    return Math.min(this.#columns - 1, Math.max(0, Math.floor((x - this.#left) / SQUARE)));
  }

  /** @param {number} y */
  #line(y) {
    return Math.min(this.#lines - 1, Math.max(0, Math.floor((y - this.#top) / SQUARE)));
  }
}
