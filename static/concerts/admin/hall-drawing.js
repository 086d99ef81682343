/**
 * Draws a hall as SVG: one path for all seats of a kind, so that ten thousand seats are a handful of elements.
 *
 *     const drawing = new HallDrawing(box, hall, { label: gettext("Seats"), onPick: (seat) => …, onBand: (seats) => … });
 *     drawing.layer("blocked", seats, { shape: "cross" });
 *
 * Layers are drawn in the order in which they were first named; their class `hall-NAME` gives them their looks, or
 * `color` a colour. With a mouse a rectangle can be drawn; touch scrolls, and picks by a tap. The drawing is for
 * those who see it: a page gives everybody a list as well.
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
  #layers = new Map();
  #start = null;

  /**
   * @param {HTMLElement} box
   * @param {any} hall
   * @param {{label?: string, onPick?: (seat: number) => void, onBand?: (seats: number[], how: {removes: boolean}) => void,
   *   onHover?: (seat: number | null) => void}} options
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

  #makeSvg(label) {
    const { left, top, right, bottom } = this.hall.bounds;
    const [width, height] = [right - left + 2 * MARGIN, bottom - top + 2 * MARGIN];
    const svg = element("svg", {
      class: "hall", role: "img", "aria-label": label, viewBox: `${left - MARGIN} ${top - MARGIN} ${width} ${height}`,
    });
    svg.style.setProperty("--aspect", width / height);
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
    const zoomTo = (step) => {
      this.#zoom = Math.max(0, Math.min(ZOOMS.length - 1, step));
      this.svg.style.setProperty("--zoom", ZOOMS[this.#zoom]);
    };
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

  #move(event) {
    if (!this.#start) {
      this.onHover?.(this.#seatAt(event));
      return;
    }
    const dragged = Math.hypot(event.clientX - this.#start.x, event.clientY - this.#start.y);
    if (!this.#start.isMouse || !this.onBand || (!this.#start.isBand && dragged < BAND_STARTS_AT)) return;
    if (!this.#start.isBand) this.svg.setPointerCapture(event.pointerId);
    this.#start.isBand = true;
    const [from, to] = [this.#metres(this.#start.x, this.#start.y), this.#metres(event.clientX, event.clientY)];
    set(this.band, {
      x: Math.min(from.x, to.x), y: Math.min(from.y, to.y), width: Math.abs(to.x - from.x), height: Math.abs(to.y - from.y),
      visibility: "visible",
    });
  }

  #end(event) {
    const start = this.#start;
    this.#stop();
    if (!start) return;
    if (start.isBand) {
      const [from, to] = [this.#metres(start.x, start.y), this.#metres(event.clientX, event.clientY)];
      this.onBand(this.hall.inside(from.x, from.y, to.x, to.y), { removes: event.altKey });
    } else {
      const seat = this.#seatAt(event);
      if (seat >= 0) this.onPick?.(seat);
    }
  }

  #stop() {
    this.#start = null;
    this.band.setAttribute("visibility", "hidden");
  }

  #seatAt(event) {
    const { x, y } = this.#metres(event.clientX, event.clientY);
    return this.hall.nearest(x, y);
  }

  #metres(clientX, clientY) {
    return new DOMPoint(clientX, clientY).matrixTransform(this.svg.getScreenCTM().inverse());
  }
}

function element(name, attributes = {}) {
  return set(document.createElementNS(SVG, name), attributes);
}

function set(target, attributes) {
  for (const [name, value] of Object.entries(attributes)) target.setAttribute(name, value);
  return target;
}
