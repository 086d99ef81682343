// The map on its canvas. A frame shows a picture that is there already (layer.js), the names of sections, and the few
// seats that are chosen or looked at; pictures are painted between frames.
import { Camera } from "./camera.js";
import { Layer, SEATS, SECTIONS } from "./layer.js";
import { SEAT_RADIUS } from "./seat-sprites.js";

/** @import { Hall } from "./hall.js" */

const SLICE_MS = 5;
const MOST_RATIO = 2;
const SEATS_FROM = 11; // pixels a metre
const SMALL_HALL = 200; // seats: these are shown at once where there is room
const SPARE = 0.06; // of the view, beyond which a picture has to reach: the next is painted before this one ends
const MOST_STRETCHED = 1.6;
const REST_MS = 140;
const PATCHED_AT_ONCE = 400;
const LINE = 14; // pixels of a label's line

export class Painter {
  /** Where the keyboard or the mouse is: a seat, or else a section; -1 for none. */
  focusedSeat = -1;
  focusedSection = -1;
  hoveredSeat = -1;
  hoveredSection = -1;
  hasKeyboard = false;
  frames = 0;
  #canvas;
  #context;
  #hall;
  #camera;
  #mover;
  /** @type {Layer} */
  #base;
  /** @type {Layer} */
  #front;
  /** @type {Layer} */
  #back;
  #isPainting = false;
  #isStale = true;
  #ratio = 1;
  #frame = 0;
  #tick = (/** @type {number} */ now) => this.#draw(now);
  #seatsFrom = SEATS_FROM;
  #onLevel;
  #level = SECTIONS;
  #restsAt = 0;

  /**
   * `hall` as for a Layer, and: camera, mover, choice, labels (lines of text by section). `onLevel(level)` is told.
   *
   * @param {HTMLCanvasElement} canvas
   * @param {Hall} hall
   * @param {{onLevel: (level: number) => void}} told
   */
  constructor(canvas, hall, { onLevel }) {
    this.#canvas = canvas;
    this.#context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.#hall = hall;
    this.#camera = hall.camera;
    this.#mover = hall.mover;
    this.#onLevel = onLevel;
    [this.#base, this.#front, this.#back] = [new Layer(hall), new Layer(hall), new Layer(hall)];
  }

  get level() {
    return this.#level;
  }

  get seatsFrom() {
    return this.#seatsFrom;
  }

  /**
   * Take on the size that the page gives the canvas.
   *
   * @param {number} width
   * @param {number} height
   * @param {{showAll?: boolean}} options
   */
  resize(width, height, { showAll = false } = {}) {
    this.#ratio = Math.min(MOST_RATIO, window.devicePixelRatio || 1);
    this.#canvas.width = Math.round(width * this.#ratio);
    this.#canvas.height = Math.round(height * this.#ratio);
    this.#camera.resize(width, height);
    if (showAll) this.#camera.showAll();
    const all = this.#camera.smallest / 0.9;
    this.#seatsFrom = this.#hall.plan.count <= SMALL_HALL && all >= SEATS_FROM ? 0 : Math.max(SEATS_FROM, all * 1.3);
    this.repaint();
  }

  /** Paint everything anew: other colours, another size, another hall. */
  repaint() {
    const whole = new Camera();
    [whole.width, whole.height] = [this.#camera.width, this.#camera.height];
    this.#hall.whole(whole);
    this.#base.begin(whole, SECTIONS, this.#ratio);
    this.#base.proceed(Infinity);
    this.#front.isReady = false;
    this.#isPainting = false;
    this.#isStale = true;
    this.invalidate();
  }

  /** The camera moves by hand: what can wait for the hand to rest does. */
  moved() {
    this.#restsAt = performance.now() + REST_MS;
    this.invalidate();
  }

  /** Draw a frame soon. */
  invalidate() {
    this.#frame ||= requestAnimationFrame(this.#tick);
  }

  /**
   * Show seats whose status has changed.
   *
   * @param {number[]} seats
   */
  statusChanged(seats) {
    if (seats.length > PATCHED_AT_ONCE || this.#front.level === SECTIONS) {
      this.#isStale = true;
    } else {
      this.#front.patch(seats);
      if (this.#isPainting) this.#back.patch(seats);
    }
    this.invalidate();
  }

  /** @param {number} now */
  #draw(now) {
    this.#frame = 0;
    this.frames += 1;
    this.#mover.step(now);
    this.#setLevel(this.#camera.scale >= this.#seatsFrom ? SEATS : SECTIONS);
    this.#show();
    const isMoving = this.#mover.isMoving || performance.now() < this.#restsAt;
    this.#paintOn(isMoving);
    if (isMoving || this.#isPainting) this.invalidate();
  }

  /** @param {number} level */
  #setLevel(level) {
    if (this.#level === level) return;
    this.#level = level;
    this.#onLevel(level);
  }

  #show() {
    const context = this.#context;
    const { width, height } = this.#camera;
    context.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const isWhole = this.#front.isReady && this.#front.covers(this.#camera);
    if (!isWhole) this.#base.show(context, this.#camera);
    if (this.#front.isReady && this.#front.level === this.#level) this.#front.show(context, this.#camera);
    if (this.#level === SECTIONS) this.#showSections();
    else this.#showSeats();
  }

  /**
   * Paint the next picture as far as a slice of time goes, and put it up when it is whole.
   *
   * @param {boolean} isMoving
   */
  #paintOn(isMoving) {
    if (!this.#isPainting) {
      if (!this.#needsPicture(isMoving)) return;
      this.#isStale = false;
      this.#back.begin(this.#camera, this.#level, this.#ratio);
      this.#isPainting = true;
    }
    if (!this.#back.proceed(performance.now() + SLICE_MS)) return;
    this.#isPainting = false;
    [this.#front, this.#back] = [this.#back, this.#front];
    this.invalidate();
  }

  /**
   * Whether the picture is no longer good enough; while the camera moves a blurred one is, if it reaches far enough.
   *
   * @param {boolean} isMoving
   */
  #needsPicture(isMoving) {
    const front = this.#front;
    const camera = this.#camera;
    if (!front.isReady || this.#isStale || front.level !== this.#level || front.ratio !== this.#ratio) return true;
    if (!front.covers(camera, Math.min(camera.width, camera.height) * SPARE)) return true;
    const stretched = Math.max(front.scale / camera.scale, camera.scale / front.scale);
    return isMoving ? stretched > MOST_STRETCHED : stretched !== 1;
  }

  #showSections() {
    const { plan, outlines, labels } = this.#hall;
    const context = this.#context;
    const camera = this.#camera;
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (const section of plan.sections) {
      const { bounds, middle, points } = outlines[section.index];
      if (section.index === this.focusedSection || section.index === this.hoveredSection) this.#trace(section.index, points);
      const width = (bounds[2] - bounds[0]) * camera.scale;
      const height = outlines[section.index].depth * camera.scale;
      this.#label(labels[section.index], middle, width, height);
    }
  }

  /**
   * Write as many lines as a section has room for, on a plate that keeps its pattern away from them.
   *
   * @param {SeatMap.Line[]} lines
   * @param {SeatMap.Point} middle
   * @param {number} width
   * @param {number} height
   */
  #label(lines, [x, y], width, height) {
    const context = this.#context;
    const { fonts } = this.#hall;
    let count = 1;
    let widest = lines[0].width;
    while (count < lines.length && (count + 1) * LINE <= height && Math.max(widest, lines[count].width) <= width * 0.94) {
      widest = Math.max(widest, lines[count].width);
      count += 1;
    }
    const middle = this.#camera.screenX(x);
    const top = this.#camera.screenY(y) - (count * LINE) / 2;
    context.fillStyle = fonts.plate;
    context.beginPath();
    context.roundRect(middle - widest / 2 - 5, top - 1.5, widest + 10, count * LINE + 3, 5);
    context.fill();
    for (let i = 0; i < count; i += 1) {
      context.font = i === 0 ? fonts.name : fonts.small;
      context.fillStyle = i === 0 ? fonts.ink : fonts.quiet;
      context.fillText(lines[i].text, middle, top + (i + 0.5) * LINE + 0.5);
    }
  }

  /**
   * @param {number} index
   * @param {Float32Array} points
   */
  #trace(index, points) {
    const context = this.#context;
    const isFocus = index === this.focusedSection && this.hasKeyboard;
    context.beginPath();
    for (let i = 0; i < points.length; i += 2) {
      context.lineTo(this.#camera.screenX(points[i]), this.#camera.screenY(points[i + 1]));
    }
    context.closePath();
    context.lineJoin = "round";
    context.strokeStyle = isFocus ? this.#hall.fonts.focus : this.#hall.fonts.ink;
    context.lineWidth = isFocus ? 4 : 2.5;
    context.stroke();
  }

  #showSeats() {
    const { plan, choice, sprites } = this.#hall;
    this.#context.setTransform(1, 0, 0, 1, 0, 0);
    for (const seat of choice.asSet) {
      const x = this.#camera.screenX(plan.x[seat]) * this.#ratio;
      const y = this.#camera.screenY(plan.y[seat]) * this.#ratio;
      sprites.drawChosen(this.#context, plan.gradeOf[seat], x, y, this.#camera.scale * this.#ratio);
    }
    this.#context.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    if (this.hoveredSeat >= 0) this.#ring(this.hoveredSeat, this.#hall.fonts.ink, 2);
    if (this.focusedSeat >= 0 && this.hasKeyboard) this.#ring(this.focusedSeat, this.#hall.fonts.focus, 3.5);
  }

  /**
   * @param {number} seat
   * @param {string} colour
   * @param {number} width
   */
  #ring(seat, colour, width) {
    const { plan } = this.#hall;
    const context = this.#context;
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    const radius = Math.max(6, SEAT_RADIUS * 1.2 * this.#camera.scale) + width / 2;
    context.arc(this.#camera.screenX(plan.x[seat]), this.#camera.screenY(plan.y[seat]), radius, 0, Math.PI * 2);
    context.stroke();
  }
}
