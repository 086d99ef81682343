// The map as a view: canvas, fingers, mouse, keys, and what is said of where one is.
import { $ } from "../../common/dom.js";
import { gettext } from "../../common/i18n.js";
import { announce } from "../../common/notices.js";
import { listenToGestures } from "./gestures.js";
import { isInside } from "./outline.js";
import { Painter } from "./painter.js";
import { SECTIONS } from "./layer.js";

/**
 * @import { Hall } from "./hall.js"
 * @import { Shop } from "./shop.js"
 */

const FINGER = { choose: 34, reach: 24, comfortable: 44 }; // pixels a metre from which a finger chooses; pixels; …
const MOUSE = { choose: 15, reach: 12, comfortable: 34 };
const ZOOM_STEP = 1.5;
const PAN_STEP = 80; // pixels
const EDGE = 60;
const NOTE_MS = 4000;

export class MapView {
  #canvas;
  #hall;
  #shop;
  #painter;
  #tip = $("#tip");
  #note = $("#map-note");
  /** @type {any} */
  #noteTimer = null;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{hall: Hall, shop: Shop}} parts
   */
  constructor(canvas, { hall, shop }) {
    this.#canvas = canvas;
    this.#hall = hall;
    this.#shop = shop;
    this.#painter = new Painter(canvas, hall, { onLevel: (level) => this.#tellLevel(level) });
    this.#size({ showAll: true });
    this.#tellLevel(this.#painter.level);
    this.#listen();
  }

  get painter() {
    return this.#painter;
  }

  /**
   * Show what has changed in statuses, counts or the choice.
   *
   * @param {number[]} seats
   */
  changed(seats) {
    this.#hall.label();
    this.#painter.statusChanged(seats);
  }

  choiceChanged() {
    this.#painter.invalidate();
  }

  redress() {
    this.#hall.dress();
    this.#painter.repaint();
  }

  /**
   * Bring seats into view, large enough to see them.
   *
   * @param {number[]} seats
   */
  show(seats) {
    const { plan } = this.#hall;
    const xs = seats.map((seat) => plan.x[seat]);
    const ys = seats.map((seat) => plan.y[seat]);
    /** @type {SeatMap.Bounds} */
    const bounds = [Math.min(...xs) - 4, Math.min(...ys) - 4, Math.max(...xs) + 4, Math.max(...ys) + 4];
    this.#glide(() => this.#hall.camera.show(bounds, 8));
  }

  /** @param {number} index */
  showSection(index) {
    this.#glide(() => {
      const { camera } = this.#hall;
      camera.show(this.#hall.outlines[index].bounds, 14);
      if (camera.scale < this.#painter.seatsFrom * 1.02) camera.scale = this.#painter.seatsFrom * 1.02;
      camera.clamp();
    });
  }

  showAll() {
    this.#painter.focusedSeat = -1;
    this.#glide(() => this.#hall.camera.showAll());
  }

  /** @param {number} factor */
  zoom(factor, x = this.#hall.camera.width / 2, y = this.#hall.camera.height / 2) {
    this.#glide(() => this.#hall.camera.zoomAt(x, y, factor));
  }

  /** @param {() => void} change */
  #glide(change) {
    this.#hall.mover.glide(change, performance.now());
    this.#hideTip();
    this.#painter.invalidate();
  }

  /** @param {{showAll?: boolean}} options */
  #size(options = {}) {
    const { clientWidth, clientHeight } = this.#canvas;
    if (clientWidth && clientHeight) this.#painter.resize(clientWidth, clientHeight, options);
  }

  #listen() {
    const canvas = this.#canvas;
    let isFirst = true;
    new ResizeObserver(() => {
      if (!isFirst) this.#size();
      isFirst = false;
    }).observe(canvas);
    const { camera, mover } = this.#hall;
    listenToGestures(canvas, {
      press: () => mover.stop(),
      pan: (x, y) => {
        camera.pan(x, y);
        this.#hideTip();
        this.#painter.moved();
      },
      zoom: (x, y, factor) => {
        mover.stop();
        camera.zoomAt(x, y, factor);
        this.#hideTip();
        this.#painter.moved();
      },
      release: (speedX, speedY) => {
        mover.flick(speedX, speedY, performance.now());
        this.#painter.invalidate();
      },
      tap: (x, y, pointer, isDouble) => this.#tap(x, y, pointer, isDouble),
      hover: (x, y) => this.#hover(x, y),
      leave: () => this.#hover(-1e6, -1e6),
    });
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("focus", () => this.#focus());
    canvas.addEventListener("blur", () => {
      this.#painter.hasKeyboard = false;
      this.#painter.invalidate();
    });
    $("#zoom-in").addEventListener("click", () => this.zoom(ZOOM_STEP));
    $("#zoom-out").addEventListener("click", () => this.zoom(1 / ZOOM_STEP));
    $("#whole-hall").addEventListener("click", () => this.showAll());
  }

  /**
   * Say what is to be done next; over seats it goes away again, for it lies upon some.
   *
   * @param {number} level
   */
  #tellLevel(level) {
    clearTimeout(this.#noteTimer);
    this.#note.hidden = false;
    this.#note.textContent = level === SECTIONS ? gettext("Choose a section") : gettext("Choose your seats");
    if (level !== SECTIONS) this.#noteTimer = setTimeout(() => (this.#note.hidden = true), NOTE_MS);
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  #sectionAt(x, y) {
    const [worldX, worldY] = [this.#hall.camera.worldX(x), this.#hall.camera.worldY(y)];
    return this.#hall.outlines.findIndex(({ points }) => isInside(points, worldX, worldY));
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} reach
   */
  #seatAt(x, y, reach) {
    const { camera, grid } = this.#hall;
    return grid.nearest(camera.worldX(x), camera.worldY(y), Math.min(0.5, reach / camera.scale));
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {string} pointer
   * @param {boolean} isDouble
   */
  #tap(x, y, pointer, isDouble) {
    const { camera } = this.#hall;
    if (this.#painter.level === SECTIONS) {
      const section = this.#sectionAt(x, y);
      if (section >= 0) this.showSection(section);
      else if (isDouble) this.zoom(2, x, y);
      return;
    }
    const hand = pointer === "touch" ? FINGER : MOUSE;
    if (camera.scale < hand.choose) {
      this.zoom(hand.comfortable / camera.scale, x, y);
      return;
    }
    const seat = this.#seatAt(x, y, hand.reach);
    if (seat >= 0) this.#shop.toggle(seat);
    else if (isDouble) this.zoom(ZOOM_STEP, x, y);
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  #hover(x, y) {
    const painter = this.#painter;
    const isSections = painter.level === SECTIONS;
    const seat = isSections ? -1 : this.#seatAt(x, y, MOUSE.reach);
    const section = isSections ? this.#sectionAt(x, y) : -1;
    if (seat === painter.hoveredSeat && section === painter.hoveredSection) return;
    [painter.hoveredSeat, painter.hoveredSection] = [seat, section];
    this.#canvas.classList.toggle("on-target", seat >= 0 || section >= 0);
    this.#tellTip(seat, section);
    painter.invalidate();
  }

  #hideTip() {
    [this.#painter.hoveredSeat, this.#painter.hoveredSection, this.#tip.hidden] = [-1, -1, true];
  }

  /**
   * @param {number} seat
   * @param {number} section
   */
  #tellTip(seat, section) {
    const { messages, plan, camera, outlines } = this.#hall;
    this.#tip.hidden = seat < 0 && section < 0;
    if (this.#tip.hidden) return;
    const isSeat = seat >= 0;
    this.#tip.textContent = isSeat ? messages.sentence(seat, this.#shop.choice.has(seat)) : messages.section(plan.sections[section]);
    const x = camera.screenX(isSeat ? plan.x[seat] : outlines[section].middle[0]);
    const y = camera.screenY(isSeat ? plan.y[seat] : outlines[section].middle[1]) + (isSeat ? 18 : 26);
    const left = Math.max(4, Math.min(camera.width - this.#tip.offsetWidth - 4, x - this.#tip.offsetWidth / 2));
    const top = y + this.#tip.offsetHeight > camera.height ? y - this.#tip.offsetHeight - 40 : y;
    this.#tip.style.setProperty("transform", `translate(${Math.round(left)}px, ${Math.round(top)}px)`);
  }

  // By keyboard

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

  /** @param {any} event */
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
    this.#glide(() => this.#hall.camera.pan(-x * PAN_STEP, -y * PAN_STEP));
  }

  /** @param {number} factor */
  #zoomByKey(factor) {
    const { camera, plan } = this.#hall;
    const seat = this.#painter.focusedSeat;
    if (seat >= 0 && this.#painter.level !== SECTIONS) this.zoom(factor, camera.screenX(plan.x[seat]), camera.screenY(plan.y[seat]));
    else this.zoom(factor);
  }

  #back() {
    const { plan } = this.#hall;
    const seat = this.#painter.focusedSeat;
    if (seat >= 0) this.#painter.focusedSection = plan.sectionOf[seat];
    this.showAll();
    if (this.#painter.focusedSection < 0) return;
    announce(this.#hall.messages.section(plan.sections[this.#painter.focusedSection]));
  }

  #enter() {
    const painter = this.#painter;
    if (painter.level === SECTIONS) {
      if (painter.focusedSection < 0) painter.focusedSection = this.#nearestSection(this.#hall.camera.x, this.#hall.camera.y);
      const section = this.#hall.plan.sections[painter.focusedSection];
      painter.focusedSeat = this.#firstFree(section);
      this.showSection(section.index);
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
    const { plan, outlines, camera } = this.#hall;
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
      this.#glideTo(() => camera.reveal(plan.x[focusedSeat], plan.y[focusedSeat], EDGE));
    }
    return this.#say();
  }

  /** @param {() => void} reveal */
  #glideTo(reveal) {
    const { camera, mover } = this.#hall;
    mover.glide(reveal, performance.now());
    camera.clamp();
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
