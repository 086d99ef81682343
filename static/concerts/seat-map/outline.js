// The shape of a section: along its front row, back along its last one, and as far out as a seat reaches.

const BESIDE = 0.45; // metres from a seat's middle to the section's edge
const BEFORE = 0.6;

/**
 * Points x, y, x, y, … of a section's edge, in metres.
 *
 * @param {SeatMap.Plan} plan
 * @param {SeatMap.Section} section
 */
export function outlineOf(plan, section) {
  const rows = plan.rows.slice(section.firstRow, section.lastRow + 1);
  /** @type {number[]} */
  const points = [];
  /** @type {(row: SeatMap.Row, seat: number, ahead: number) => void} */
  const add = (row, seat, ahead) => {
    const [along, across] = directions(plan, row, seat);
    const side = (seat === row.end - 1 ? 1 : 0) - (seat === row.start ? 1 : 0);
    points.push(
      plan.x[seat] + along[0] * side * BESIDE + across[0] * ahead * BEFORE,
      plan.y[seat] + along[1] * side * BESIDE + across[1] * ahead * BEFORE,
    );
  };
  const front = rows[0];
  const back = rows[rows.length - 1];
  if (front.end - front.start === 1 || back.end - back.start === 1) return boxOf(plan, section);
  for (let seat = front.start; seat < front.end; seat += 1) add(front, seat, -1);
  for (const row of rows.slice(1, -1)) add(row, row.end - 1, 0);
  for (let seat = back.end - 1; seat >= back.start; seat -= 1) add(back, seat, 1);
  for (const row of rows.slice(1, -1).reverse()) add(row, row.start, 0);
  return Float32Array.from(points);
}

/**
 * Unit vectors at a seat: along its row, and away from the stage.
 *
 * @param {SeatMap.Plan} plan
 * @param {SeatMap.Row} row
 * @param {number} seat
 * @returns {[along: SeatMap.Point, across: SeatMap.Point]}
 */
export function directions(plan, row, seat) {
  const before = Math.max(row.start, seat - 1);
  const after = Math.min(row.end - 1, seat + 1);
  const x = plan.x[after] - plan.x[before];
  const y = plan.y[after] - plan.y[before];
  const length = Math.hypot(x, y) || 1;
  /** @type {SeatMap.Point} */
  const along = [x / length, y / length];
  /** @type {SeatMap.Point} */
  const turned = [-along[1], along[0]];
  return [along, turned[1] < 0 ? [-turned[0], -turned[1]] : turned];
}

/**
 * @param {SeatMap.Plan} plan
 * @param {SeatMap.Section} section
 */
function boxOf(plan, section) {
  const [left, top, right, bottom] = boundsOf(plan, section.start, section.end, BEFORE);
  return Float32Array.of(left, top, right, top, right, bottom, left, bottom);
}

/**
 * [left, top, right, bottom] of seats, with a margin.
 *
 * @param {SeatMap.Plan} plan
 * @param {number} start
 * @param {number} end
 * @returns {SeatMap.Bounds}
 */
export function boundsOf(plan, start, end, margin = 0) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let seat = start; seat < end; seat += 1) {
    left = Math.min(left, plan.x[seat]);
    right = Math.max(right, plan.x[seat]);
    top = Math.min(top, plan.y[seat]);
    bottom = Math.max(bottom, plan.y[seat]);
  }
  return [left - margin, top - margin, right + margin, bottom + margin];
}

/**
 * Whether a point lies within an edge (even-odd rule).
 *
 * @param {Float32Array} points
 * @param {number} x
 * @param {number} y
 */
export function isInside(points, x, y) {
  let inside = false;
  for (let i = 0, j = points.length - 2; i < points.length; j = i, i += 2) {
    const crosses = points[i + 1] > y !== points[j + 1] > y;
    if (crosses && x < ((points[j] - points[i]) * (y - points[i + 1])) / (points[j + 1] - points[i + 1]) + points[i]) {
      inside = !inside;
    }
  }
  return inside;
}
