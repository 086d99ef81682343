// The marks of the map, explained beside it with the same pictures.
import { $$ } from "../../common/dom.js";
import { paintPattern } from "./marks.js";
import { SEAT_RADIUS, SeatSprites } from "./seat-sprites.js";
import { css } from "./theme.js";

/** @import { Hall } from "./hall.js" */

const NEUTRAL = { name: "", price: 0, color: "#5b6270", index: 0, pattern: 0 };

/**
 * Paint every mark and swatch of the page.
 *
 * @param {Hall} hall
 */
export function paintLegend(hall) {
  const sprites = new SeatSprites([NEUTRAL], hall.theme);
  sprites.grounds = [hall.theme.ground];
  for (const canvas of $$("[data-mark]")) {
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.clearRect(0, 0, canvas.width, canvas.height);
    const scale = (canvas.width * 0.4) / SEAT_RADIUS;
    sprites.prepare(scale);
    const { mark } = canvas.dataset;
    const middle = canvas.width / 2;
    if (mark === "chosen") sprites.drawChosen(context, 0, middle, middle, scale);
    else sprites.draw(context, 0, mark === "accessible" ? 0 : Number(mark), mark === "accessible", middle, middle);
  }
  for (const canvas of $$("[data-grade]")) {
    const grade = hall.plan.grades.find((one) => one.name === canvas.dataset.grade);
    if (grade) paintSwatch(canvas, hall, grade.index);
  }
}

/**
 * A square with a grade's colour and pattern.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Hall} hall
 * @param {number} grade
 */
export function paintSwatch(canvas, { sprites, plan }, grade) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  const size = canvas.width;
  context.save();
  context.clearRect(0, 0, size, size);
  context.beginPath();
  context.roundRect(0, 0, size, size, size * 0.25);
  context.clip();
  context.fillStyle = css(sprites.colours[grade]);
  context.fillRect(0, 0, size, size);
  context.fillStyle = context.strokeStyle = sprites.inks[grade];
  context.globalAlpha = 0.75;
  context.lineWidth = size * 0.075;
  paintPattern(context, plan.grades[grade].pattern, size / 2, size / 2, size / 2, size * 0.26);
  context.restore();
}
