// Which seats to propose: together, without leaving somebody a single seat, and then where one sees best.
// Pure: it knows places in blocks of neighbours (plan.js, blocksOf), which of them are free, and what each costs.

const NEAR_BLOCKS = 12;
const ANCHORS = 40;

/**
 * Propose `count` seats.
 *
 * In this order: as few parts as possible (one, if any free seats side by side suffice); as few single free seats left
 * between others as possible; then the lowest cost, and with several parts also a short way between them.
 *
 * @param {SeatMap.Span[]} blocks - seats side by side
 * @param {object} wish
 * @param {number} wish.count
 * @param {(seat: number) => boolean} wish.isFree
 * @param {(seat: number) => number} wish.cost - lower is better
 * @param {ArrayLike<number>} wish.x - where seats are, in metres
 * @param {ArrayLike<number>} wish.y
 * @returns {{seats: number[], parts: number, singles: number} | null} null where fewer seats than that are free
 */
export function bestSeats(blocks, { count, isFree, cost, x, y }) {
  const runs = freeRuns(blocks, { isFree, cost });
  const together = bestTogether(runs, count);
  if (together) return proposal([together]);
  const parts = fewestParts(runs, count);
  return parts === null ? null : proposal(bestApart(runs, { count, parts, x, y }));
}

/**
 * The free seats that a choice would leave alone between seats that are not free.
 *
 * @param {SeatMap.Span[]} blocks
 * @param {{isFree: (seat: number) => boolean, chosen: Set<number>}} among
 */
export function singlesLeft(blocks, { isFree, chosen }) {
  /** @type {number[]} */
  const singles = [];
  const isLeft = (/** @type {number} */ seat) => isFree(seat) && !chosen.has(seat);
  for (const { first, last } of blocks) {
    for (let seat = first; seat <= last; seat += 1) {
      if (!isLeft(seat)) continue;
      const before = seat > first;
      const after = seat < last;
      if ((before && isLeft(seat - 1)) || (after && isLeft(seat + 1))) continue;
      if ((before && chosen.has(seat - 1)) || (after && chosen.has(seat + 1))) singles.push(seat);
    }
  }
  return singles;
}

/**
 * The longest rows of free seats, each with the sums of its costs from its beginning.
 *
 * @param {SeatMap.Span[]} blocks
 * @param {{isFree: (seat: number) => boolean, cost: (seat: number) => number}} of
 * @returns {SeatMap.Run[]}
 */
function freeRuns(blocks, { isFree, cost }) {
  /** @type {SeatMap.Run[]} */
  const runs = [];
  for (const { first, last } of blocks) {
    let start = first;
    for (let seat = first; seat <= last + 1; seat += 1) {
      if (seat <= last && isFree(seat)) continue;
      if (seat > start) runs.push(runOf(start, seat - start, cost));
      start = seat + 1;
    }
  }
  return runs;
}

/**
 * @param {number} start
 * @param {number} length
 * @param {(seat: number) => number} cost
 */
function runOf(start, length, cost) {
  const sums = new Float64Array(length + 1);
  for (let i = 0; i < length; i += 1) sums[i + 1] = sums[i] + cost(start + i);
  return { start, length, sums };
}

/**
 * The best `count` neighbours of a run; null where it is too short.
 *
 * @param {SeatMap.Run} run
 * @param {number} count
 * @returns {SeatMap.Window | null}
 */
function bestWindow(run, count) {
  /** @type {SeatMap.Window | null} */
  let best = null;
  for (let from = 0; from + count <= run.length; from += 1) {
    const singles = (from === 1 ? 1 : 0) + (run.length - from - count === 1 ? 1 : 0);
    const cost = run.sums[from + count] - run.sums[from];
    if (best === null || isBetter(singles, cost, best)) best = { start: run.start + from, count, singles, cost };
  }
  return best;
}

/**
 * @param {number} singles
 * @param {number} cost
 * @param {{singles: number, cost: number}} than
 */
function isBetter(singles, cost, than) {
  return singles < than.singles || (singles === than.singles && cost < than.cost);
}

/**
 * @param {SeatMap.Run[]} runs
 * @param {number} count
 * @returns {SeatMap.Window | null}
 */
function bestTogether(runs, count) {
  /** @type {SeatMap.Window | null} */
  let best = null;
  for (const run of runs) {
    const window = bestWindow(run, count);
    if (window && (best === null || isBetter(window.singles, window.cost, best))) best = window;
  }
  return best;
}

/**
 * @param {SeatMap.Run[]} runs
 * @param {number} count
 */
function fewestParts(runs, count) {
  let missing = count;
  let parts = 0;
  for (const length of runs.map((run) => run.length).sort((a, b) => b - a)) {
    missing -= length;
    parts += 1;
    if (missing <= 0) return parts;
  }
  return null;
}

/**
 * The best windows in `parts` runs. First over all runs, which finds the fewest singles there can be; then around the
 * best runs among their neighbours only, so that those who cannot sit side by side sit close.
 *
 * @param {SeatMap.Run[]} runs
 * @param {SeatMap.Places & {count: number, parts: number}} wish
 */
function bestApart(runs, { count, parts, x, y }) {
  const items = runs.map((run) => itemOf(run, { count, x, y }));
  let best = /** @type {SeatMap.Combination} */ (combine(items, { count, parts })); // over all runs there is one
  const { singles } = best;
  let bestWay = wayOf(best, { x, y });
  const anchors = [...items].sort((a, b) => a.mean - b.mean).slice(0, ANCHORS);
  for (const anchor of anchors) {
    const near = [...items].sort((a, b) => distance(a, anchor) - distance(b, anchor)).slice(0, NEAR_BLOCKS);
    const found = combine(near, { count, parts });
    if (found === null || found.singles !== singles) continue;
    const way = wayOf(found, { x, y });
    if (way < bestWay) [best, bestWay] = [found, way];
  }
  return windowsOf(best);
}

/**
 * @param {SeatMap.Run} run
 * @param {SeatMap.Places & {count: number}} wish
 * @returns {SeatMap.Item}
 */
function itemOf(run, { count, x, y }) {
  /** @type {SeatMap.Window[]} */
  const windows = [];
  for (let size = 1; size <= Math.min(run.length, count); size += 1) windows.push(/** @type {SeatMap.Window} */ (bestWindow(run, size)));
  const middle = run.start + ((run.length - 1) >> 1);
  return { windows, mean: run.sums[run.length] / run.length, x: x[middle], y: y[middle] };
}

/**
 * @param {SeatMap.Item} a
 * @param {SeatMap.Item} b
 */
function distance(a, b) {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/**
 * Choose `parts` windows, each of another item, with `count` seats: the fewest singles, then the lowest cost.
 *
 * @param {SeatMap.Item[]} items
 * @param {{count: number, parts: number}} wish
 * @returns {SeatMap.Combination | null}
 */
function combine(items, { count, parts }) {
  /** @type {(SeatMap.Combination | null)[][]} */
  const table = Array.from({ length: parts + 1 }, () => new Array(count + 1).fill(null));
  table[0][0] = { singles: 0, cost: 0, window: null, rest: null };
  for (const { windows } of items) {
    for (let part = parts; part >= 1; part -= 1) {
      for (let seats = count; seats >= 1; seats -= 1) {
        for (let size = Math.min(windows.length, seats); size >= 1; size -= 1) {
          const rest = table[part - 1][seats - size];
          if (rest === null) continue;
          const window = windows[size - 1];
          const singles = rest.singles + window.singles;
          const cost = rest.cost + window.cost;
          const known = table[part][seats];
          if (known === null || isBetter(singles, cost, known)) table[part][seats] = { singles, cost, window, rest };
        }
      }
    }
  }
  return table[parts][count];
}

/** @param {SeatMap.Combination} combination */
function windowsOf(combination) {
  /** @type {SeatMap.Window[]} */
  const windows = [];
  for (let one = /** @type {SeatMap.Combination | null} */ (combination); one?.window; one = one.rest) windows.push(one.window);
  return windows;
}

/**
 * What a combination costs a seat, and how far its parts are from each other.
 *
 * @param {SeatMap.Combination} combination
 * @param {SeatMap.Places} places
 */
function wayOf(combination, { x, y }) {
  const middles = windowsOf(combination).map(({ start, count }) => start + ((count - 1) >> 1));
  let way = combination.cost / middles.length;
  for (const one of middles) {
    for (const other of middles) way += Math.hypot(x[one] - x[other], y[one] - y[other]);
  }
  return way;
}

/** @param {SeatMap.Window[]} windows */
function proposal(windows) {
  const seats = windows.flatMap(({ start, count }) => Array.from({ length: count }, (_, i) => start + i));
  return {
    seats: seats.sort((a, b) => a - b),
    parts: windows.length,
    singles: windows.reduce((sum, window) => sum + window.singles, 0),
  };
}

const SIDEWAYS = 1.4; // a metre to the side costs as much as this many metres back

/**
 * The cost of a seat for who wants to see: near the stage, and near the middle.
 *
 * @param {SeatMap.Places} places
 * @returns {(seat: number) => number}
 */
export function costFromStage({ x, y }) {
  return (seat) => Math.hypot(x[seat] * SIDEWAYS, y[seat]);
}

/**
 * The cost of a seat for who had others: near the middle of those.
 *
 * @param {SeatMap.Places} places
 * @param {number[]} seats
 * @returns {(seat: number) => number}
 */
export function costFromSeats({ x, y }, seats) {
  const middleX = seats.reduce((sum, seat) => sum + x[seat], 0) / seats.length;
  const middleY = seats.reduce((sum, seat) => sum + y[seat], 0) / seats.length;
  return (seat) => Math.hypot(x[seat] - middleX, y[seat] - middleY);
}
