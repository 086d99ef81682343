// The map as a view: canvas, fingers and mouse, and what is said of where they point. Keys are in map-keys.js.
import { $ } from "../../common/dom.js";
import { gettext } from "../../common/i18n.js";
import { listenToGestures } from "./gestures.js";
import { MapKeys, ZOOM_STEP } from "./map-keys.js";
import { isInside } from "./outline.js";
import { Painter } from "./painter.js";
import { SECTIONS } from "./layer.js";

/**
 * @import { Hall } from "./hall.js"
 * @import { Shop } from "./shop.js"
 */

const FINGER = { choose: 34, reach: 24, comfortable: 44 }; // pixels a metre from which a finger chooses; pixels; …
const MOUSE = { choose: 15, reach: 12, comfortable: 34 };
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
    this.glide(() => this.#hall.camera.show(bounds, 8));
  }

  /** @param {number} index */
  showSection(index) {
    this.glide(() => {
      const { camera } = this.#hall;
      camera.show(this.#hall.outlines[index].bounds, 14);
      if (camera.scale < this.#painter.seatsFrom * 1.02) camera.scale = this.#painter.seatsFrom * 1.02;
      camera.clamp();
    });
  }

  showAll() {
    this.#painter.focusedSeat = -1;
    this.glide(() => this.#hall.camera.showAll());
  }

  /** @param {number} factor */
  zoom(factor, x = this.#hall.camera.width / 2, y = this.#hall.camera.height / 2) {
    this.glide(() => this.#hall.camera.zoomAt(x, y, factor));
  }

  /**
   * Go smoothly to where a change of the camera leads.
   *
   * @param {() => void} change
   */
  glide(change) {
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
    new MapKeys(canvas, { view: this, hall: this.#hall, shop: this.#shop });
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
}
