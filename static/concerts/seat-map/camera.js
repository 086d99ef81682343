// Which part of the hall is seen: the world point in the middle of the view, and pixels a metre. Makes no objects, so
// that it can be asked sixty times a second.

const OUTSIDE = 0.35; // how much of the view may lie beyond the hall

export class Camera {
  x = 0;
  y = 0;
  scale = 1;
  width = 1;
  height = 1;
  smallest = 1;
  largest = 60;
  /** @type {SeatMap.Bounds} */
  #bounds = [0, 0, 1, 1];

  /**
   * Say what there is to see, [left, top, right, bottom] in metres, and in how large a view, in pixels.
   *
   * @param {SeatMap.Bounds} bounds
   * @param {number} width
   * @param {number} height
   */
  setWorld(bounds, width, height) {
    this.#bounds = bounds;
    this.resize(width, height);
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  resize(width, height) {
    this.width = Math.max(1, width);
    this.height = Math.max(1, height);
    this.smallest = this.scaleFor(this.#bounds, 8) * 0.9;
    this.clamp();
  }

  /**
   * The scale at which these bounds fit with `margin` pixels around them.
   *
   * @param {SeatMap.Bounds} bounds
   * @param {number} margin
   */
  scaleFor(bounds, margin) {
    const [left, top, right, bottom] = bounds;
    const across = Math.max(1, this.width - 2 * margin) / (right - left);
    const down = Math.max(1, this.height - 2 * margin) / (bottom - top);
    return Math.min(across, down);
  }

  showAll() {
    this.show(this.#bounds, 8);
  }

  /**
   * @param {SeatMap.Bounds} bounds
   * @param {number} margin
   */
  show(bounds, margin) {
    this.scale = Math.min(this.largest, this.scaleFor(bounds, margin));
    this.x = (bounds[0] + bounds[2]) / 2;
    this.y = (bounds[1] + bounds[3]) / 2;
    this.clamp();
  }

  /** @param {number} x */
  screenX(x) {
    return (x - this.x) * this.scale + this.width / 2;
  }

  /** @param {number} y */
  screenY(y) {
    return (y - this.y) * this.scale + this.height / 2;
  }

  /** @param {number} pixels */
  worldX(pixels) {
    return (pixels - this.width / 2) / this.scale + this.x;
  }

  /** @param {number} pixels */
  worldY(pixels) {
    return (pixels - this.height / 2) / this.scale + this.y;
  }

  /**
   * @param {number} pixelsX
   * @param {number} pixelsY
   */
  pan(pixelsX, pixelsY) {
    this.x -= pixelsX / this.scale;
    this.y -= pixelsY / this.scale;
    this.clamp();
  }

  /**
   * Zoom so that what is under a pixel stays under it.
   *
   * @param {number} pixelX
   * @param {number} pixelY
   * @param {number} factor
   */
  zoomAt(pixelX, pixelY, factor) {
    const x = this.worldX(pixelX);
    const y = this.worldY(pixelY);
    this.scale = Math.min(this.largest, Math.max(this.smallest, this.scale * factor));
    this.x = x - (pixelX - this.width / 2) / this.scale;
    this.y = y - (pixelY - this.height / 2) / this.scale;
    this.clamp();
  }

  /**
   * Move as little as needed to have a point at least `margin` pixels within the view; tell whether it moved.
   *
   * @param {number} x
   * @param {number} y
   * @param {number} margin
   */
  reveal(x, y, margin) {
    const roomX = Math.max(0, this.width / 2 - margin) / this.scale;
    const roomY = Math.max(0, this.height / 2 - margin) / this.scale;
    const newX = Math.min(x + roomX, Math.max(x - roomX, this.x));
    const newY = Math.min(y + roomY, Math.max(y - roomY, this.y));
    const moved = newX !== this.x || newY !== this.y;
    this.x = newX;
    this.y = newY;
    return moved;
  }

  clamp() {
    const [left, top, right, bottom] = this.#bounds;
    this.scale = Math.min(this.largest, Math.max(this.smallest, this.scale));
    this.x = within(this.x, left, right, this.width / this.scale);
    this.y = within(this.y, top, bottom, this.height / this.scale);
  }
}

/**
 * Keep a middle so that the view shows the hall; a hall that fits is kept whole in it, around its own middle.
 *
 * @param {number} middle
 * @param {number} low
 * @param {number} high
 * @param {number} seen
 */
function within(middle, low, high, seen) {
  const slack = Math.max(0, (high - low - seen) / 2) + Math.min(seen, high - low) * OUTSIDE;
  const centre = (low + high) / 2;
  return Math.min(centre + slack, Math.max(centre - slack, middle));
}
