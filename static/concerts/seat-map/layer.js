// A picture of a part of the hall at one scale, on a canvas of its own. Moving the map moves the picture; it is
// painted anew in slices of a few milliseconds while the one before is still shown.
import { paintPattern } from "./marks.js";
import { SEAT_RADIUS } from "./seat-sprites.js";
import { css, mix } from "./theme.js";

/**
 * @import { Camera } from "./camera.js"
 * @import { Hall } from "./hall.js"
 */

export const SECTIONS = 0;
export const SEATS = 1;

const MARGIN = 0.3; // of the view, beyond each of its edges
const MOST_PIXELS = 7e6;
const LOOK_AT_THE_CLOCK = 48; // seats
const NUMBERS_FROM = 40; // pixels a metre
const ROWS_FROM = 20;
const NAMES_FROM = 14;

export class Layer {
  level = SECTIONS;
  scale = 0; // pixels a metre, and device pixels a pixel
  ratio = 1;
  left = 0;
  top = 0;
  right = 0;
  bottom = 0;
  isReady = false;
  #hall;
  /** @type {HTMLCanvasElement} */
  #canvas = /** @type {any} */ (null); // made with the first picture
  /** @type {CanvasRenderingContext2D} */
  #context = /** @type {any} */ (null);
  /** @type {Uint32Array | null} */
  #seats = null;
  #count = 0;
  #next = 0;
  #isDecorated = false;
  #lastFont = "";

  /**
   * `hall`: plan, states, grid, outlines, sprites, theme, messages.
   *
   * @param {Hall} hall
   */
  constructor(hall) {
    this.#hall = hall;
  }

  /**
   * Begin a picture of what the camera sees and a bit more.
   *
   * @param {Camera} camera
   * @param {number} level
   * @param {number} ratio
   */
  begin(camera, level, ratio) {
    const { width, height } = camera;
    const margin = width * height * ratio * ratio * (1 + 2 * MARGIN) ** 2 > MOST_PIXELS ? MARGIN / 3 : MARGIN;
    this.scale = camera.scale;
    this.ratio = ratio;
    this.level = level;
    this.left = camera.worldX(-width * margin);
    this.top = camera.worldY(-height * margin);
    this.right = camera.worldX(width * (1 + margin));
    this.bottom = camera.worldY(height * (1 + margin));
    this.#clear(Math.ceil((this.right - this.left) * this.scale * ratio), Math.ceil((this.bottom - this.top) * this.scale * ratio));
    this.#paintSections();
    this.#count = level === SEATS ? this.#collect() : 0;
    this.#next = 0;
    this.#isDecorated = level === SECTIONS;
    this.isReady = false;
  }

  /**
   * Go on painting until `until` (performance.now()); tell whether the picture is whole.
   *
   * @param {number} until
   */
  proceed(until) {
    if (this.level === SEATS) this.#hall.sprites.prepare(this.scale * this.ratio);
    while (this.#next < this.#count) {
      const end = Math.min(this.#count, this.#next + LOOK_AT_THE_CLOCK);
      for (; this.#next < end; this.#next += 1) this.#paintSeat(/** @type {Uint32Array} */ (this.#seats)[this.#next]);
      if (performance.now() >= until) return false;
    }
    if (!this.#isDecorated) this.#decorate();
    this.isReady = true;
    return true;
  }

  /**
   * Paint seats anew whose status has changed.
   *
   * @param {number[]} seats
   */
  patch(seats) {
    if (this.level !== SEATS) return;
    const { plan, sprites } = this.#hall;
    sprites.prepare(this.scale * this.ratio);
    for (const seat of seats) {
      const [x, y] = [plan.x[seat], plan.y[seat]];
      if (x > this.left && x < this.right && y > this.top && y < this.bottom) this.#paintSeat(seat);
    }
  }

  /**
   * Whether the picture shows all that the camera sees, and `spare` pixels beyond.
   *
   * @param {Camera} camera
   */
  covers(camera, spare = 0) {
    return (
      this.left <= camera.worldX(-spare) && this.right >= camera.worldX(camera.width + spare) &&
      this.top <= camera.worldY(-spare) && this.bottom >= camera.worldY(camera.height + spare)
    );
  }

  /**
   * Draw the picture where the camera sees it.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {Camera} camera
   */
  show(context, camera) {
    context.drawImage(
      this.#canvas, camera.screenX(this.left), camera.screenY(this.top),
      (this.#canvas.width / this.ratio) * (camera.scale / this.scale),
      (this.#canvas.height / this.ratio) * (camera.scale / this.scale),
    );
  }

  #collect() {
    this.#seats ??= new Uint32Array(this.#hall.plan.count);
    return this.#hall.grid.collect(this.left, this.top, this.right, this.bottom, this.#seats);
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  #clear(width, height) {
    if (!this.#canvas) {
      this.#canvas = document.createElement("canvas");
      this.#context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext("2d"));
    }
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
      this.#lastFont = ""; // a canvas of another size has forgotten it
    }
    this.#context.setTransform(1, 0, 0, 1, 0, 0);
    this.#context.clearRect(0, 0, width, height);
  }

  /** @param {number} metres */
  #x(metres) {
    return (metres - this.left) * this.scale * this.ratio;
  }

  /** @param {number} metres */
  #y(metres) {
    return (metres - this.top) * this.scale * this.ratio;
  }

  #paintSections() {
    const { plan, outlines, stage, theme, messages } = this.#hall;
    for (const section of plan.sections) {
      const { bounds, points } = outlines[section.index];
      const isSeen = bounds[0] < this.right && bounds[2] > this.left && bounds[1] < this.bottom && bounds[3] > this.top;
      if (isSeen) this.#paintSection(section, points, bounds);
    }
    this.#paintStage(stage, theme, messages.stage);
  }

  /**
   * @param {SeatMap.Section} section
   * @param {Float32Array} points
   * @param {SeatMap.Bounds} bounds
   */
  #paintSection(section, points, bounds) {
    const { sprites, states, theme, plan } = this.#hall;
    const context = this.#context;
    const isGone = states.freeOfSection[section.index] === 0;
    const colour = isGone && this.level === SECTIONS ? theme.edge : sprites.colours[section.grade];
    context.save();
    context.beginPath();
    for (let i = 0; i < points.length; i += 2) context.lineTo(this.#x(points[i]), this.#y(points[i + 1]));
    context.closePath();
    context.fillStyle = css(this.level === SEATS ? sprites.grounds[section.grade] : mix(theme.card, colour, isGone ? 0.12 : 0.28));
    context.fill();
    context.lineJoin = "round";
    context.strokeStyle = css(colour, this.level === SEATS ? 0.45 : 1);
    context.lineWidth = 1.5 * this.ratio;
    context.stroke();
    if (this.level === SECTIONS && !isGone) {
      context.clip();
      context.fillStyle = context.strokeStyle = css(colour, 0.55);
      context.lineWidth = 1.4 * this.ratio;
      const reach = (Math.max(bounds[2] - bounds[0], bounds[3] - bounds[1]) / 2) * this.scale * this.ratio;
      const [x, y] = [(bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2];
      paintPattern(context, plan.grades[section.grade].pattern, this.#x(x), this.#y(y), reach, 7 * this.ratio);
    }
    context.restore();
  }

  /**
   * @param {SeatMap.Bounds} stage
   * @param {SeatMap.Theme} theme
   * @param {string} word
   */
  #paintStage([left, top, right, bottom], theme, word) {
    const context = this.#context;
    context.fillStyle = css(mix(theme.card, theme.ink, 0.86));
    context.beginPath();
    context.roundRect(this.#x(left), this.#y(top), this.#x(right) - this.#x(left), this.#y(bottom) - this.#y(top), [
      3 * this.ratio, 3 * this.ratio, 12 * this.ratio, 12 * this.ratio,
    ]);
    context.fill();
    context.fillStyle = css(theme.card);
    this.#write(word, (left + right) / 2, (top + bottom) / 2, Math.min(22, Math.max(10, (bottom - top) * this.scale * 0.5)), "bold");
  }

  /** @param {number} seat */
  #paintSeat(seat) {
    const { plan, states, sprites } = this.#hall;
    const status = states.codes[seat];
    const grade = plan.gradeOf[seat];
    const [x, y] = [this.#x(plan.x[seat]), this.#y(plan.y[seat])];
    sprites.draw(this.#context, grade, status, plan.accessible[seat] === 1, x, y);
    if (status !== 0 || plan.accessible[seat] === 1 || this.scale < NUMBERS_FROM) return;
    this.#font(this.scale * SEAT_RADIUS * 0.86, "bold");
    this.#context.fillStyle = sprites.inks[grade];
    this.#context.fillText(String(plan.numbers[seat]), x, y);
  }

  /** The names of sections and rows. */
  #decorate() {
    const { plan, outlines, theme } = this.#hall;
    this.#isDecorated = true;
    for (const section of plan.sections) {
      const { bounds } = outlines[section.index];
      if (bounds[0] > this.right || bounds[2] < this.left || bounds[1] > this.bottom || bounds[3] < this.top) continue;
      this.#context.fillStyle = css(theme.ink);
      if (this.scale >= NAMES_FROM) {
        const [x, y] = outlines[section.index].title;
        this.#write(section.name, x, y, Math.min(15, this.scale * 0.55), "bold");
      }
      if (this.scale < ROWS_FROM) continue;
      this.#context.fillStyle = css(theme.quiet);
      for (let row = section.firstRow; row <= section.lastRow; row += 1) this.#nameRow(plan.rows[row]);
    }
  }

  /** @param {SeatMap.Row} row */
  #nameRow({ start, end, label }) {
    const { x, y } = this.#hall.plan;
    const size = Math.min(13, this.scale * 0.36);
    if (end - start < 2) return;
    for (const [seat, next] of [[start, start + 1], [end - 1, end - 2]]) {
      const length = Math.hypot(x[seat] - x[next], y[seat] - y[next]) || 1;
      this.#write(label, x[seat] + ((x[seat] - x[next]) / length) * 0.62, y[seat] + ((y[seat] - y[next]) / length) * 0.62, size, "normal");
    }
  }

  /**
   * @param {string} text
   * @param {number} x
   * @param {number} y
   * @param {number} size
   * @param {string} weight
   */
  #write(text, x, y, size, weight) {
    this.#font(size, weight);
    this.#context.fillText(text, this.#x(x), this.#y(y));
  }

  /**
   * @param {number} size
   * @param {string} weight
   */
  #font(size, weight) {
    const font = `${weight} ${Math.round(size * this.ratio)}px ${this.#hall.theme.font}`;
    if (this.#lastFont !== font) this.#context.font = this.#lastFont = font;
    this.#context.textAlign = "center";
    this.#context.textBaseline = "middle";
  }
}
