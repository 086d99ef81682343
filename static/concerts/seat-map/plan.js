// The plan of a hall in typed arrays. A seat is its place in the plan, 0 and up; ids are for talking to the server.

export const AVAILABLE = 0;
export const HELD = 1;
export const SOLD = 2;
export const BLOCKED = 3;
export const MINE = 4;

/** The server's words for the statuses, by their codes. */
export const STATUS_WORDS = ["AVAILABLE", "HELD", "SOLD", "BLOCKED", "MINE"];

const CENTIMETRES = 100;
const AISLE = 1.5; // times the usual distance of neighbours: further apart is not side by side

/**
 * Read the answer of /api/performances/{id}/layout/columns. Lengths are metres from the middle of the stage's edge.
 *
 * @param {SeatMap.Columns} columns
 */
export function readPlan(columns) {
  const plan = withRoom(columns);
  const grades = gradesOf(columns.sections);
  let seat = 0;
  for (const section of columns.sections) {
    const start = seat;
    const firstRow = plan.rows.length;
    const index = plan.sections.length;
    for (const [label, length] of section.rows) {
      plan.rowOf.fill(plan.rows.length, seat, seat + length);
      plan.rows.push({ index: plan.rows.length, section: index, label, start: seat, end: seat + length });
      seat += length;
    }
    sumUp(section.ids, plan.ids, start, 1);
    sumUp(section.numbers, plan.numbers, start, 1);
    sumUp(section.x, plan.x, start, CENTIMETRES);
    sumUp(section.y, plan.y, start, CENTIMETRES);
    for (const place of section.accessible) plan.accessible[start + place] = 1;
    plan.sectionOf.fill(index, start, seat);
    const grade = /** @type {SeatMap.Grade} */ (grades.find((one) => one.name === section.grade));
    plan.gradeOf.fill(grade.index, start, seat);
    plan.sections.push({
      index,
      id: section.id,
      code: section.code,
      name: section.name,
      grade: grade.index,
      price: section.price,
      start,
      end: seat,
      firstRow,
      lastRow: plan.rows.length - 1,
    });
  }
  plan.grades = grades;
  return plan;
}

/**
 * @param {SeatMap.Columns} columns
 * @returns {SeatMap.Plan}
 */
function withRoom(columns) {
  const count = columns.sections.reduce((sum, section) => sum + section.ids.length, 0);
  return {
    version: columns.version,
    count,
    sections: [],
    rows: [],
    grades: [],
    ids: new Float64Array(count),
    numbers: new Uint16Array(count),
    x: new Float32Array(count),
    y: new Float32Array(count),
    rowOf: new Uint32Array(count),
    sectionOf: new Uint16Array(count),
    gradeOf: new Uint8Array(count),
    accessible: new Uint8Array(count),
  };
}

/**
 * @param {number[]} differences
 * @param {Float64Array | Float32Array | Uint16Array} into
 * @param {number} start
 * @param {number} unit
 */
function sumUp(differences, into, start, unit) {
  let sum = 0;
  for (let i = 0; i < differences.length; i += 1) {
    sum += differences[i];
    into[start + i] = sum / unit;
  }
}

/**
 * The grades, the dearest first; `pattern` tells them apart where colours do not.
 *
 * @param {SeatMap.SectionColumns[]} sections
 * @returns {SeatMap.Grade[]}
 */
function gradesOf(sections) {
  /** @type {Map<string, {name: string, price: number, color: string}>} */
  const grades = new Map();
  for (const { grade, price, color } of sections) {
    if (!grades.has(grade)) grades.set(grade, { name: grade, price, color });
  }
  const sorted = [...grades.values()].sort((a, b) => b.price - a.price || a.name.localeCompare(b.name));
  return sorted.map((grade, index) => ({ ...grade, index, pattern: index }));
}

/**
 * Where each id is in the plan, as a Map; for some plan made once and kept with it.
 *
 * @param {SeatMap.Plan} plan
 */
export function seatsById(plan) {
  plan.byId ??= new Map(Array.from(plan.ids, (id, seat) => [id, seat]));
  return plan.byId;
}

/**
 * Seats side by side, as [first, last] places: a row, or a row's part between aisles.
 *
 * @param {SeatMap.Plan} plan
 */
export function blocksOf(plan) {
  plan.blocks ??= plan.sections.flatMap((section) => blocksOfSection(plan, section));
  return plan.blocks;
}

/**
 * @param {SeatMap.Plan} plan
 * @param {SeatMap.Section} section
 * @returns {SeatMap.Block[]}
 */
function blocksOfSection(plan, section) {
  const rows = plan.rows.slice(section.firstRow, section.lastRow + 1);
  let usual = Infinity;
  for (const row of rows) {
    for (let seat = row.start + 1; seat < row.end; seat += 1) usual = Math.min(usual, gap(plan, seat));
  }
  /** @type {SeatMap.Block[]} */
  const blocks = [];
  for (const row of rows) {
    let first = row.start;
    for (let seat = row.start + 1; seat <= row.end; seat += 1) {
      const ends = seat === row.end || gap(plan, seat) > usual * AISLE || isStep(plan, seat);
      if (ends) {
        blocks.push({ first, last: seat - 1, section: section.index, grade: section.grade });
        first = seat;
      }
    }
  }
  return blocks;
}

/**
 * @param {SeatMap.Plan} plan
 * @param {number} seat
 */
function gap(plan, seat) {
  return Math.hypot(plan.x[seat] - plan.x[seat - 1], plan.y[seat] - plan.y[seat - 1]);
}

/**
 * @param {SeatMap.Plan} plan
 * @param {number} seat
 */
function isStep(plan, seat) {
  return Math.abs(plan.numbers[seat] - plan.numbers[seat - 1]) !== 1;
}
