// The marks by which grades and statuses are told apart without colours, drawn at any size.

const FULL = Math.PI * 2;

/**
 * Fill a square around a point with a grade's pattern; the caller has set clip, colour and line width.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} pattern
 * @param {number} x
 * @param {number} y
 * @param {number} reach
 * @param {number} step
 */
export function paintPattern(context, pattern, x, y, reach, step) {
  const lines = [[], ["/"], ["."], ["-"], ["/", "\\"], ["|"], ["\\"], ["-", "|"]][pattern % 8];
  context.beginPath();
  for (const line of lines) {
    if (line === ".") paintDots(context, x, y, reach, step);
    else paintLines(context, line, x, y, reach, step);
  }
  if (lines[0] === ".") context.fill();
  else context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} line
 * @param {number} x
 * @param {number} y
 * @param {number} reach
 * @param {number} step
 */
function paintLines(context, line, x, y, reach, step) {
  const count = Math.ceil((line === "/" || line === "\\" ? 2 * reach : reach) / step);
  for (let i = -count; i <= count; i += 1) {
    const at = i * step;
    if (line === "-") stroke(context, x - reach, y + at, x + reach, y + at);
    else if (line === "|") stroke(context, x + at, y - reach, x + at, y + reach);
    else if (line === "/") stroke(context, x + at - reach, y + reach, x + at + reach, y - reach);
    else stroke(context, x + at - reach, y - reach, x + at + reach, y + reach);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} fromX
 * @param {number} fromY
 * @param {number} toX
 * @param {number} toY
 */
function stroke(context, fromX, fromY, toX, toY) {
  context.moveTo(fromX, fromY);
  context.lineTo(toX, toY);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} reach
 * @param {number} step
 */
function paintDots(context, x, y, reach, step) {
  const count = Math.ceil(reach / step);
  const size = context.lineWidth * 1.1;
  for (let row = -count; row <= count; row += 1) {
    for (let column = -count; column <= count; column += 1) {
      const at = x + column * step + (row % 2 ? step / 2 : 0);
      context.moveTo(at + size, y + row * step);
      context.arc(at, y + row * step, size, 0, FULL);
    }
  }
}

/**
 * The sign of a wheelchair, within a circle of that radius.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 */
export function paintWheelchair(context, x, y, radius) {
  const unit = radius / 8;
  context.lineWidth = Math.max(1, unit * 1.5);
  context.lineCap = "round";
  context.beginPath();
  context.arc(x - unit * 0.6, y + unit * 1.6, unit * 3.3, FULL * 0.03, FULL * 0.72);
  context.moveTo(x - unit * 0.8, y - unit * 2.6);
  context.lineTo(x - unit * 0.6, y + unit * 0.8);
  context.lineTo(x + unit * 2.2, y + unit * 0.9);
  context.lineTo(x + unit * 3.8, y + unit * 4);
  context.stroke();
  context.beginPath();
  context.arc(x - unit * 0.9, y - unit * 4.6, unit * 1.3, 0, FULL);
  context.fill();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 */
export function paintCheck(context, x, y, radius) {
  context.lineWidth = Math.max(1.2, radius * 0.28);
  context.lineCap = "round";
  context.lineJoin = "round";
  context.beginPath();
  context.moveTo(x - radius * 0.45, y + radius * 0.02);
  context.lineTo(x - radius * 0.1, y + radius * 0.38);
  context.lineTo(x + radius * 0.48, y - radius * 0.36);
  context.stroke();
}
