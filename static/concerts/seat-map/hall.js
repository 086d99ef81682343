// A hall that is ready to be drawn: its plan with shapes, grid, pictures and messages.
import { number, won } from "../../common/money.js";
import { gettext, interpolate } from "../../common/i18n.js";
import { boundsOf, directions, outlineOf } from "./outline.js";
import { SeatGrid } from "./seat-grid.js";
import { SeatSprites } from "./seat-sprites.js";
import { css, readTheme } from "./theme.js";

/**
 * @import { Camera } from "./camera.js"
 * @import { Mover } from "./mover.js"
 * @import { Choice } from "./choice.js"
 * @import { SeatMessages } from "./messages.js"
 * @import { SeatStates } from "./seat-states.js"
 */

const STAGE_DEPTH = 3; // metres at least, its edge at 0
const MARGIN = 1.4;
const ROW_PITCH = 0.9;

export class Hall {
  /** @type {SeatMap.Line[][]} */
  labels = [];
  /** @type {Record<string, string>} */
  fonts = {};
  /** @type {SeatGrid | null} */
  #grid = null;
  #seatBounds;
  /** @type {CanvasRenderingContext2D | null} */
  #measuring = null; // a canvas that only says how wide texts are

  /** @param {{plan: SeatMap.Plan, states: SeatStates, choice: Choice, messages: SeatMessages, camera: Camera, mover: Mover}} parts */
  constructor({ plan, states, choice, messages, camera, mover }) {
    this.plan = plan;
    this.states = states;
    this.choice = choice;
    this.messages = messages;
    this.camera = camera;
    this.mover = mover;
    const seats = boundsOf(plan, 0, plan.count, MARGIN);
    const half = Math.min(14, Math.max(4, (seats[2] - seats[0]) * 0.14));
    const depth = Math.max(STAGE_DEPTH, half * 0.45);
    /** @type {SeatMap.Bounds} */
    this.stage = [-half, -0.6 - depth, half, -0.6];
    /** @type {SeatMap.Bounds} */
    this.bounds = [
      Math.min(seats[0], -half - 1),
      Math.min(seats[1], this.stage[1] - 1),
      Math.max(seats[2], half + 1),
      seats[3],
    ];
    this.#seatBounds = seats;
    this.outlines = plan.sections.map((section) => shapeOf(plan, section));
    this.theme = readTheme();
    this.sprites = new SeatSprites(plan.grades, this.theme);
    this.#dressLabels();
  }

  /** The seats by squares, made when seats are looked at for the first time. */
  get grid() {
    this.#grid ??= new SeatGrid(this.plan, this.#seatBounds);
    return this.#grid;
  }

  /**
   * Have a camera see the whole hall.
   *
   * @param {Camera} camera
   */
  whole(camera) {
    camera.setWorld(this.bounds, camera.width, camera.height);
    camera.showAll();
  }

  /** Take on the colours that the page has now. */
  dress() {
    this.theme = readTheme();
    this.sprites.dress(this.theme);
    this.#dressLabels();
  }

  /** Write what sections say of themselves, after their counts have changed. */
  label() {
    const context = (this.#measuring ??= /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d", { willReadFrequently: true })));
    this.labels = this.plan.sections.map((section) => {
      const left = this.states.freeOfSection[section.index];
      const count = left === 0 ? gettext("sold out") : interpolate(gettext("%(count)s left"), { count: number(left) });
      const texts = left === 0 ? [section.code, count] : [section.code, count, won(section.price)];
      return texts.map((text, i) => {
        context.font = i === 0 ? this.fonts.name : this.fonts.small;
        return { text, width: context.measureText(text).width };
      });
    });
  }

  #dressLabels() {
    const { theme } = this;
    this.fonts = {
      name: `bold 12.5px ${theme.font}`,
      small: `11.5px ${theme.font}`,
      plate: css(theme.card, 0.76),
      quiet: css(theme.quiet),
      ink: css(theme.ink),
      focus: css(theme.focus),
    };
    this.label();
  }
}

/**
 * @param {SeatMap.Plan} plan
 * @param {SeatMap.Section} section
 * @returns {SeatMap.Outline}
 */
function shapeOf(plan, section) {
  const middleRow = plan.rows[(section.firstRow + section.lastRow) >> 1];
  const seat = (middleRow.start + middleRow.end - 1) >> 1;
  return {
    points: outlineOf(plan, section),
    bounds: boundsOf(plan, section.start, section.end, 0.7),
    middle: [plan.x[seat], plan.y[seat]],
    title: titlePlace(plan, section),
    depth: (section.lastRow - section.firstRow + 1) * ROW_PITCH,
  };
}

/**
 * Where a section's name is written: before its front row, further from it the more the row is turned.
 *
 * @param {SeatMap.Plan} plan
 * @param {SeatMap.Section} section
 * @returns {SeatMap.Point}
 */
function titlePlace(plan, section) {
  const front = plan.rows[section.firstRow];
  const seat = (front.start + front.end - 1) >> 1;
  const [along, across] = directions(plan, front, seat);
  const away = 1.05 + Math.abs(along[1]) * 1.6;
  return [plan.x[seat] - across[0] * away, plan.y[seat] - across[1] * away];
}
