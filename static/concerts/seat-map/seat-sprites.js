// The pictures of seats, each painted once for a size: a seat on the map is then one drawImage.
import { paintCheck, paintPattern, paintWheelchair } from "./marks.js";
import { css, inkOn, legible, mix } from "./theme.js";

export const SEAT_RADIUS = 0.235; // metres
const CELL_RADIUS = 0.274; // of the ground that a picture brings along, so that it hides the one before
const PATTERN_FROM = 3.5; // pixels of radius
const NUMBER_FROM = 9;
const FULL = Math.PI * 2;

export class SeatSprites {
  #grades;
  /** @type {SeatMap.Theme} */
  #theme;
  /** @type {HTMLCanvasElement} */
  #canvas = /** @type {any} */ (null); // made with the first pictures
  /** @type {CanvasRenderingContext2D} */
  #context = /** @type {any} */ (null);
  #scale = 1;
  #radius = 0;
  #cell = 0;
  #pixels = 0;

  /**
   * @param {SeatMap.Grade[]} grades
   * @param {SeatMap.Theme} theme
   */
  constructor(grades, theme) {
    this.#grades = grades;
    this.#theme = theme;
    /** @type {SeatMap.Colour[]} */
    this.colours = [];
    /** @type {SeatMap.Colour[]} */
    this.grounds = [];
    /** @type {string[]} */
    this.inks = [];
    this.dress(theme);
  }

  /**
   * Take on other colours.
   *
   * @param {SeatMap.Theme} theme
   */
  dress(theme) {
    this.#theme = theme;
    this.colours = this.#grades.map((grade) => legible(grade.color, theme));
    this.grounds = this.colours.map((colour) => mix(theme.card, colour, theme.isDark ? 0.2 : 0.1));
    this.inks = this.colours.map((colour) => css(inkOn(colour)));
    this.#pixels = 0;
  }

  /**
   * Paint the pictures for a scale of device pixels a metre.
   *
   * @param {number} scale
   */
  prepare(scale) {
    const pixels = Math.round(scale * 8);
    if (pixels === this.#pixels) return;
    this.#pixels = pixels;
    this.#scale = scale;
    this.#canvas ??= document.createElement("canvas");
    this.#context ??= /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext("2d", { willReadFrequently: true })); // small: not worth the graphics card
    this.#radius = scale * SEAT_RADIUS;
    this.#cell = Math.ceil(scale * CELL_RADIUS * 2) + 2;
    this.#canvas.width = this.#cell * 8;
    this.#canvas.height = this.#cell * this.#grades.length;
    this.#grades.forEach((grade, row) => {
      this.#paint(row, 0, () => this.#available(row, false));
      this.#paint(row, 1, () => this.#available(row, true));
      this.#paint(row, 2, () => this.#held());
      this.#paint(row, 3, () => this.#sold());
      this.#paint(row, 4, () => this.#blocked());
      this.#paint(row, 5, () => this.#mine());
      this.#paint(row, 6, () => this.#chosen());
    });
  }

  /**
   * Draw a seat's picture around a point, in device pixels.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {number} grade
   * @param {number} status
   * @param {boolean} isAccessible
   * @param {number} x
   * @param {number} y
   */
  draw(context, grade, status, isAccessible, x, y) {
    const column = status === 0 ? (isAccessible ? 1 : 0) : status + 1;
    const cell = this.#cell;
    context.drawImage(
      this.#canvas, column * cell, grade * cell, cell, cell, Math.round(x - cell / 2), Math.round(y - cell / 2), cell, cell,
    );
  }

  /**
   * Draw a chosen seat's picture for a scale, stretched while the pictures are those of another one.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {number} grade
   * @param {number} x
   * @param {number} y
   * @param {number} scale
   */
  drawChosen(context, grade, x, y, scale) {
    if (this.#pixels === 0) this.prepare(scale);
    const cell = this.#cell;
    const size = cell * (scale / this.#scale);
    context.drawImage(this.#canvas, 6 * cell, grade * cell, cell, cell, x - size / 2, y - size / 2, size, size);
  }

  /**
   * @param {number} row
   * @param {number} column
   * @param {() => void} picture
   */
  #paint(row, column, picture) {
    const context = this.#context;
    context.save();
    context.translate((column + 0.5) * this.#cell, (row + 0.5) * this.#cell);
    context.fillStyle = css(this.grounds[row]);
    this.#disc(this.#radius * (CELL_RADIUS / SEAT_RADIUS));
    picture();
    context.restore();
  }

  /** @param {number} radius */
  #disc(radius) {
    this.#context.beginPath();
    this.#context.arc(0, 0, radius, 0, FULL);
    this.#context.fill();
  }

  /**
   * @param {number} row
   * @param {boolean} isAccessible
   */
  #available(row, isAccessible) {
    const context = this.#context;
    const radius = this.#radius;
    context.beginPath();
    if (isAccessible) context.roundRect(-radius, -radius, radius * 2, radius * 2, radius * 0.3);
    else context.arc(0, 0, radius, 0, FULL);
    context.fillStyle = css(this.colours[row]);
    context.fill();
    context.fillStyle = context.strokeStyle = this.inks[row];
    if (isAccessible) {
      if (radius >= PATTERN_FROM) paintWheelchair(context, 0, 0, radius);
      return;
    }
    if (radius < PATTERN_FROM) return;
    context.clip();
    context.globalAlpha = 0.6;
    context.lineWidth = Math.max(1, radius * 0.16);
    paintPattern(context, this.#grades[row].pattern, 0, 0, radius, radius * 0.62);
    context.globalAlpha = 1;
    context.fillStyle = css(this.colours[row]);
    if (radius >= NUMBER_FROM) this.#disc(radius * 0.72); // the number's place; the pattern is left as a rim
  }

  #held() {
    const context = this.#context;
    const radius = this.#radius * 0.86;
    context.strokeStyle = context.fillStyle = css(this.#theme.edge);
    context.lineWidth = Math.max(1, radius * 0.2);
    context.beginPath();
    context.arc(0, 0, radius, 0, FULL);
    context.stroke();
    context.beginPath();
    context.arc(0, 0, radius, FULL / 4, FULL * 0.75);
    context.fill();
  }

  #sold() {
    this.#context.fillStyle = css(mix(this.#theme.edge, this.#theme.card, 0.35));
    this.#disc(Math.max(1, this.#radius * 0.4));
  }

  #blocked() {
    const context = this.#context;
    const reach = this.#radius * 0.55;
    context.strokeStyle = css(this.#theme.edge);
    context.lineWidth = Math.max(1, this.#radius * 0.22);
    context.beginPath();
    context.moveTo(-reach, -reach);
    context.lineTo(reach, reach);
    context.moveTo(reach, -reach);
    context.lineTo(-reach, reach);
    context.stroke();
  }

  #mine() {
    const context = this.#context;
    context.fillStyle = context.strokeStyle = css(this.#theme.accent);
    this.#disc(this.#radius * 0.55);
    context.lineWidth = Math.max(1, this.#radius * 0.22);
    context.beginPath();
    context.arc(0, 0, this.#radius * 0.9, 0, FULL);
    context.stroke();
  }

  #chosen() {
    const context = this.#context;
    context.fillStyle = css(this.#theme.ink);
    this.#disc(this.#radius * 1.1);
    context.strokeStyle = css(this.#theme.card);
    paintCheck(context, 0, 0, this.#radius * 1.1);
  }
}
