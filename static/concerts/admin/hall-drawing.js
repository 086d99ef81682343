/**
 * Draws a hall as SVG: one path for all seats of a kind, so that ten thousand seats are a handful of elements.
 *
 *     const drawing = new HallDrawing(box, hall, { label: gettext("Seats"), onPick: (seat) => …, onBand: (seats) => … });
 *     drawing.layer("blocked", seats, { shape: "cross" });
 *
 * Layers are drawn in the order in which they were first named; their class `hall-NAME` gives them their looks, or
 * `color` a colour. With a mouse a rectangle can be drawn; touch scrolls, and picks by a tap. The drawing is for
 * those who see it: a page gives everybody a list as well.
 *
 * @import { Hall } from "./hall.js"
 */

import { h } from "../../common/dom.js";
import { gettext } from "../../common/i18n.js";
import { crosses, dots } from "./hall.js";

const SVG = "http://www.w3.org/2000/svg";
const MARGIN = 2; // metres
const BAND_STARTS_AT = 5; // pixels
const ZOOMS = [1, 1.5, 2, 3, 4, 6];

export class HallDrawing {
  #zoom = 0;
  /** @type {Map<string, SVGElement>} */
  #layers = new Map();
  /** @type {AdminHalls.Start | null} */
  #start = null;

  /**
   * @param {HTMLElement} box
   * @param {Hall} hall
   * @param {AdminHalls.DrawingOptions} options
   */
  constructor(box, hall, { label, onPick, onBand, onHover } = {}) {
    this.hall = hall;
    this.onPick = onPick;
    this.onBand = onBand;
    this.onHover = onHover;
    this.svg = this.#makeSvg(label);
    this.layers = element("g");
    this.band = element("rect", { class: "hall-band", visibility: "hidden" });
    this.svg.append(this.#stage(), this.layers, this.#names(), this.band);
    this.scroller = h("div.hall-scroll", { tabindex: "0", role: "region", "aria-label": label }, this.svg);
    box.replaceChildren(this.#tools(), this.scroller);
    if (onPick || onBand) this.#listen();
  }

  /**
   * Draw the seats of one kind, in place of those it had.
   *
   * @param {string} name
   * @param {Iterable<number>} seats
   * @param {{shape?: string, color?: string}} look
   */
  layer(name, seats, { shape = "dot", color } = {}) {
    let path = this.#layers.get(name);
    if (!path) {
      path = element("path", { class: `hall-seats hall-${name}` });
      this.#layers.set(name, path);
      this.layers.append(path);
    }
    path.setAttribute("d", shape === "cross" ? crosses(this.hall, seats) : dots(this.hall, seats));
    if (color) path.style.setProperty("stroke", color);
  }

  /** @param {string | undefined} label */
  #makeSvg(label) {
    const { left, top, right, bottom } = this.hall.bounds;
    const [width, height] = [right - left + 2 * MARGIN, bottom - top + 2 * MARGIN];
    const svg = element("svg", {
      class: "hall", role: "img", "aria-label": label, viewBox: `${left - MARGIN} ${top - MARGIN} ${width} ${height}`,
    });
    svg.style.setProperty("--aspect", String(width / height));
    this.letters = Math.max(0.9, width / 85); // metres high
    return svg;
  }

  #stage() {
    const stage = element("g", { class: "hall-stage" });
    const name = element("text", { x: 0, y: -0.5, "font-size": 0.9 });
    name.textContent = gettext("Stage");
    stage.append(element("rect", { x: -5, y: -1.6, width: 10, height: 1.6, rx: 0.3 }), name);
    return stage;
  }

  #names() {
    const names = element("g", { class: "hall-names", "aria-hidden": "true" });
    for (const { name, first, end } of this.hall.sections) {
      if (first === end) continue;
      let [x, y] = [0, Infinity];
      for (let seat = first; seat < end; seat += 1) {
        x += this.hall.x[seat] / (end - first);
        y = Math.min(y, this.hall.y[seat]);
      }
      const text = element("text", { x: x.toFixed(2), y: (y - 0.55).toFixed(2), "font-size": this.letters });
      text.textContent = name;
      names.append(text);
    }
    return names;
  }

  #tools() {
    const zoomTo = (/** @type {number} */ step) => {
      this.#zoom = Math.max(0, Math.min(ZOOMS.length - 1, step));
      this.svg.style.setProperty("--zoom", String(ZOOMS[this.#zoom]));
    };
    /** @type {(text: string, label: string, act: () => void) => HTMLElement} */
    const tool = (text, label, act) => h("button.button", { type: "button", "aria-label": label, title: label, onclick: act }, text);
    return h("div.row.hall-tools", { role: "group", "aria-label": gettext("Zoom") },
      tool("+", gettext("Zoom in"), () => zoomTo(this.#zoom + 1)),
      tool("−", gettext("Zoom out"), () => zoomTo(this.#zoom - 1)),
      tool("⤢", gettext("The whole hall"), () => zoomTo(0)));
  }

  #listen() {
    this.svg.addEventListener("pointerdown", (event) => {
      if (event.button === 0) this.#start = { x: event.clientX, y: event.clientY, isMouse: event.pointerType === "mouse" };
    });
    this.svg.addEventListener("pointermove", (event) => this.#move(event));
    this.svg.addEventListener("pointerup", (event) => this.#end(event));
    this.svg.addEventListener("pointercancel", () => this.#stop());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#stop();
    });
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const start = this.#start;
    if (!start) {
      this.onHover?.(this.#seatAt(event));
      return;
    }
    const dragged = Math.hypot(event.clientX - start.x, event.clientY - start.y);
    if (!start.isMouse || !this.onBand || (!start.isBand && dragged < BAND_STARTS_AT)) return;
    if (!start.isBand) this.svg.setPointerCapture(event.pointerId);
    start.isBand = true;
    const [from, to] = [this.#metres(start.x, start.y), this.#metres(event.clientX, event.clientY)];
    set(this.band, {
      x: Math.min(from.x, to.x), y: Math.min(from.y, to.y), width: Math.abs(to.x - from.x), height: Math.abs(to.y - from.y),
      visibility: "visible",
    });
  }

  /** @param {PointerEvent} event */
  #end(event) {
    const start = this.#start;
    this.#stop();
    if (!start) return;
    if (start.isBand) {
      const [from, to] = [this.#metres(start.x, start.y), this.#metres(event.clientX, event.clientY)];
      this.onBand?.(this.hall.inside(from.x, from.y, to.x, to.y), { removes: event.altKey });
    } else {
      const seat = this.#seatAt(event);
      if (seat >= 0) this.onPick?.(seat);
    }
  }

  #stop() {
    this.#start = null;
    this.band.setAttribute("visibility", "hidden");
  }

  /** @param {PointerEvent} event */
  #seatAt(event) {
    const { x, y } = this.#metres(event.clientX, event.clientY);
    return this.hall.nearest(x, y);
  }

  /**
   * @param {number} clientX  pixels
   * @param {number} clientY
   */
  #metres(clientX, clientY) {
    return new DOMPoint(clientX, clientY).matrixTransform(this.svg.getScreenCTM()?.inverse());
  }
}

/**
 * @template {keyof SVGElementTagNameMap} Name
 * @param {Name} name
 * @param {AdminHalls.Attributes} attributes
 */
function element(name, attributes = {}) {
  return set(document.createElementNS(SVG, name), attributes);
}

/**
 * @template {Element} Target
 * @param {Target} target
 * @param {AdminHalls.Attributes} attributes
 */
function set(target, attributes) {
  for (const [name, value] of Object.entries(attributes)) target.setAttribute(name, String(value));
  return target;
}
