// The map by keyboard: going from section to section and from seat to seat, and saying where one is.
import { announce } from "../../common/notices.js";
import { SECTIONS } from "./layer.js";

/**
 * @import { Hall } from "./hall.js"
 * @import { MapView } from "./map-view.js"
 * @import { Shop } from "./shop.js"
 */

export const ZOOM_STEP = 1.5;
const PAN_STEP = 80; // pixels
const EDGE = 60;

export class MapKeys {
  #canvas;
  #view;
  #hall;
  #shop;
  #painter;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{view: MapView, hall: Hall, shop: Shop}} parts
   */
  constructor(canvas, { view, hall, shop }) {
    this.#canvas = canvas;
    this.#view = view;
    this.#hall = hall;
    this.#shop = shop;
    this.#painter = view.painter;
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("focus", () => this.#focus());
    canvas.addEventListener("blur", () => {
      this.#painter.hasKeyboard = false;
      this.#painter.invalidate();
    });
  }

  #focus() {
    const painter = this.#painter;
    painter.hasKeyboard = this.#canvas.matches(":focus-visible");
    if (painter.hasKeyboard) this.#findPlace();
    painter.invalidate();
  }

  /** Stand somewhere: on the section in the middle, or on the free seat that is nearest to it. */
  #findPlace() {
    const painter = this.#painter;
    const { plan, camera } = this.#hall;
    if (painter.level === SECTIONS) {
      if (painter.focusedSection < 0) painter.focusedSection = this.#nearestSection(camera.x, camera.y);
    } else if (painter.focusedSeat < 0 || !this.#isSeen(painter.focusedSeat)) {
      let least = Infinity;
      for (let seat = 0; seat < plan.count; seat += 1) {
        const way = Math.hypot(plan.x[seat] - camera.x, plan.y[seat] - camera.y) + (this.#hall.states.isFree(seat) ? 0 : 5);
        if (way < least) [painter.focusedSeat, least] = [seat, way];
      }
    }
    this.#say();
  }

  /** @param {number} seat */
  #isSeen(seat) {
    const { plan, camera } = this.#hall;
    const [x, y] = [camera.screenX(plan.x[seat]), camera.screenY(plan.y[seat])];
    return x > 0 && y > 0 && x < camera.width && y < camera.height;
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  #nearestSection(x, y) {
    let [found, least] = [0, Infinity];
    this.#hall.outlines.forEach(({ middle }, index) => {
      const way = Math.hypot(middle[0] - x, middle[1] - y);
      if (way < least) [found, least] = [index, way];
    });
    return found;
  }

  #say() {
    const painter = this.#painter;
    const { messages, plan } = this.#hall;
    if (painter.level === SECTIONS) announce(messages.section(plan.sections[painter.focusedSection]));
    else announce(messages.sentence(painter.focusedSeat, this.#shop.choice.has(painter.focusedSeat)));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.altKey || event.metaKey || event.ctrlKey) return;
    /** @type {Record<string, SeatMap.Point>} */
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const way = ways[event.key];
    /** @type {Record<string, () => void>} */
    const acts = {
      "+": () => this.#zoomByKey(ZOOM_STEP),
      "=": () => this.#zoomByKey(ZOOM_STEP),
      "-": () => this.#zoomByKey(1 / ZOOM_STEP),
      0: () => this.#back(),
      Escape: () => this.#back(),
      Enter: () => this.#enter(),
      " ": () => this.#enter(),
    };
    const act = way ? () => (event.shiftKey ? this.#push(way) : this.#step(way)) : acts[event.key];
    if (!act) return;
    event.preventDefault();
    this.#painter.hasKeyboard = true;
    act();
    this.#painter.invalidate();
  }

  /** @param {SeatMap.Point} way */
  #push([x, y]) {
    this.#view.glide(() => this.#hall.camera.pan(-x * PAN_STEP, -y * PAN_STEP));
  }

  /** @param {number} factor */
  #zoomByKey(factor) {
    const { camera, plan } = this.#hall;
    const seat = this.#painter.focusedSeat;
    if (seat >= 0 && this.#painter.level !== SECTIONS) this.#view.zoom(factor, camera.screenX(plan.x[seat]), camera.screenY(plan.y[seat]));
    else this.#view.zoom(factor);
  }

  #back() {
    const { plan } = this.#hall;
    const seat = this.#painter.focusedSeat;
    if (seat >= 0) this.#painter.focusedSection = plan.sectionOf[seat];
    this.#view.showAll();
    if (this.#painter.focusedSection < 0) return;
    announce(this.#hall.messages.section(plan.sections[this.#painter.focusedSection]));
  }

  #enter() {
    const painter = this.#painter;
    if (painter.level === SECTIONS) {
      if (painter.focusedSection < 0) painter.focusedSection = this.#nearestSection(this.#hall.camera.x, this.#hall.camera.y);
      const section = this.#hall.plan.sections[painter.focusedSection];
      painter.focusedSeat = this.#firstFree(section);
      this.#view.showSection(section.index);
      announce(this.#hall.messages.sentence(painter.focusedSeat, this.#shop.choice.has(painter.focusedSeat)));
    } else if (painter.focusedSeat >= 0) {
      this.#shop.toggle(painter.focusedSeat);
    } else {
      this.#findPlace();
    }
  }

  /** @param {SeatMap.Section} section */
  #firstFree(section) {
    for (let seat = section.start; seat < section.end; seat += 1) if (this.#hall.states.isFree(seat)) return seat;
    return section.start;
  }

  /**
   * Go to the nearest section or seat in a direction.
   *
   * @param {SeatMap.Point} way
   */
  #step(way) {
    const painter = this.#painter;
    const { plan, outlines, camera, mover } = this.#hall;
    if (painter.level === SECTIONS) {
      if (painter.focusedSection < 0) return this.#findPlace();
      const [x, y] = outlines[painter.focusedSection].middle;
      const next = ahead(outlines.length, (i) => outlines[i].middle[0] - x, (i) => outlines[i].middle[1] - y, way);
      if (next >= 0) painter.focusedSection = next;
    } else {
      if (painter.focusedSeat < 0) return this.#findPlace();
      const seat = painter.focusedSeat;
      const next = ahead(plan.count, (i) => plan.x[i] - plan.x[seat], (i) => plan.y[i] - plan.y[seat], way);
      if (next >= 0) painter.focusedSeat = next;
      const { focusedSeat } = painter;
      mover.glide(() => camera.reveal(plan.x[focusedSeat], plan.y[focusedSeat], EDGE), performance.now());
      camera.clamp();
    }
    return this.#say();
  }
}

/**
 * The nearest of `count` places in a direction; straight on counts for more than sideways. -1 where there is none.
 *
 * @param {number} count
 * @param {(i: number) => number} offsetX
 * @param {(i: number) => number} offsetY
 * @param {SeatMap.Point} way
 */
function ahead(count, offsetX, offsetY, [wayX, wayY]) {
  let [found, least] = [-1, Infinity];
  for (let i = 0; i < count; i += 1) {
    const x = offsetX(i);
    const y = offsetY(i);
    const along = x * wayX + y * wayY;
    if (along < 0.15) continue;
    const aside = Math.abs(x * wayY) + Math.abs(y * wayX);
    const cost = along + aside * 3;
    if (aside < along * 2.5 && cost < least) [found, least] = [i, cost];
  }
  return found;
}
