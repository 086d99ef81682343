/**
 * A hall for the admin's drawings: its seats in arrays, found by place, by ordinal and by row. No DOM in here.
 *
 * Made of what apps/concerts/admin/hall_drawing.py sends. A seat is its index; x and y are metres from the middle
 * of the stage's edge, y away from it.
 */

const CELL = 2; // metres of the grid by which seats are found

export class Hall {
  /** @param {AdminHalls.Drawing} drawing */
  constructor(drawing) {
    this.name = drawing.name;
    /** @type {AdminHalls.Section[]} */
    this.sections = [];
    /** @type {number[]} */
    this.x = [];
    /** @type {number[]} */
    this.y = [];
    /** @type {number[]} */
    this.ordinal = [];
    /** @type {number[]} */
    this.sectionOf = [];
    /** @type {number[]} */
    this.rowOf = [];
    /** @type {number[]} */
    this.number = [];
    /** @type {number[]} */
    this.accessible = [];
    /** @type {Map<number, number>} */
    this.byOrdinal = new Map();
    /** @type {Map<string, number[]>} */
    this.grid = new Map();
    drawing.sections.forEach((section, at) => this.#add(section, at));
  }

  get size() {
    return this.x.length;
  }

  /** {left, top, right, bottom} of all seats, the stage's edge included. */
  get bounds() {
    let [left, top, right, bottom] = [-4, -2, 4, 4];
    for (let seat = 0; seat < this.size; seat += 1) {
      left = Math.min(left, this.x[seat]);
      right = Math.max(right, this.x[seat]);
      top = Math.min(top, this.y[seat]);
      bottom = Math.max(bottom, this.y[seat]);
    }
    return { left, top, right, bottom };
  }

  /**
   * The seat nearest to a point and no farther than `within` metres; -1 where there is none.
   *
   * @param {number} x
   * @param {number} y
   */
  nearest(x, y, within = 0.5) {
    let found = -1;
    let least = within * within;
    const reach = Math.ceil(within / CELL);
    const [column, line] = [Math.floor(x / CELL), Math.floor(y / CELL)];
    for (let i = column - reach; i <= column + reach; i += 1) {
      for (let j = line - reach; j <= line + reach; j += 1) {
        for (const seat of this.grid.get(`${i}:${j}`) ?? []) {
          const distance = (this.x[seat] - x) ** 2 + (this.y[seat] - y) ** 2;
          if (distance <= least) [found, least] = [seat, distance];
        }
      }
    }
    return found;
  }

  /**
   * The seats within a rectangle that two of its corners span, in the order of their ordinals.
   *
   * @param {number} x1
   * @param {number} y1
   * @param {number} x2
   * @param {number} y2
   */
  inside(x1, y1, x2, y2) {
    const [left, right] = [Math.min(x1, x2), Math.max(x1, x2)];
    const [top, bottom] = [Math.min(y1, y2), Math.max(y1, y2)];
    /** @type {number[]} */
    const found = [];
    for (let seat = 0; seat < this.size; seat += 1) {
      if (this.x[seat] >= left && this.x[seat] <= right && this.y[seat] >= top && this.y[seat] <= bottom) found.push(seat);
    }
    return found;
  }

  /**
   * The rows of a section as [label, seats], from the stage backwards.
   *
   * @param {number} at
   * @returns {[label: string, seats: number[]][]}
   */
  rows(at) {
    const { rows, first, end } = this.sections[at];
    const seats = rows.map(() => /** @type {number[]} */ ([]));
    for (let seat = first; seat < end; seat += 1) seats[this.rowOf[seat]].push(seat);
    return rows.map((label, row) => [label, seats[row]]);
  }

  /**
   * What a seat is called.
   *
   * @param {number} seat
   */
  nameOf(seat) {
    const section = this.sections[this.sectionOf[seat]];
    return { section: section.name, row: section.rows[this.rowOf[seat]], number: this.number[seat] };
  }

  /**
   * @param {AdminHalls.SectionDrawing} section
   * @param {number} at
   */
  #add(section, at) {
    const first = this.size;
    section.x.forEach((x, i) => {
      const seat = this.size;
      const key = `${Math.floor(x / CELL)}:${Math.floor(section.y[i] / CELL)}`;
      const cell = this.grid.get(key);
      if (cell) cell.push(seat);
      else this.grid.set(key, [seat]);
      this.byOrdinal.set(section.ordinal[i], seat);
      this.x.push(x);
      this.y.push(section.y[i]);
      this.ordinal.push(section.ordinal[i]);
      this.sectionOf.push(at);
      this.rowOf.push(section.row[i]);
      this.number.push(section.number[i]);
    });
    for (const i of section.accessible) this.accessible.push(first + i);
    this.sections.push({ code: section.code, name: section.name, rows: section.rows, first, end: this.size });
  }
}

/**
 * The seats as one path, a dot each: drawn by the stroke's round or square caps.
 *
 * @param {Hall} hall
 * @param {Iterable<number>} seats
 */
export function dots(hall, seats) {
  let path = "";
  for (const seat of seats) path += `M${hall.x[seat].toFixed(2)} ${hall.y[seat].toFixed(2)}h0`;
  return path;
}

/**
 * The seats as one path, a cross each, `size` metres wide.
 *
 * @param {Hall} hall
 * @param {Iterable<number>} seats
 */
export function crosses(hall, seats, size = 0.28) {
  const half = size / 2;
  let path = "";
  for (const seat of seats) {
    path += `M${(hall.x[seat] - half).toFixed(2)} ${(hall.y[seat] - half).toFixed(2)}l${size} ${size}m0 ${-size}l${-size} ${size}`;
  }
  return path;
}

/**
 * Ordinals as ranges, "1-4,9", however they come.
 *
 * @param {Iterable<number>} ordinals
 */
export function ranges(ordinals) {
  const sorted = [...new Set(ordinals)].sort((one, other) => one - other);
  const parts = [];
  for (let i = 0; i < sorted.length; i += 1) {
    const first = sorted[i];
    while (sorted[i + 1] === sorted[i] + 1) i += 1;
    parts.push(first === sorted[i] ? `${first}` : `${first}-${sorted[i]}`);
  }
  return parts.join(",");
}
