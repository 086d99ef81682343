// How the view glides: to a place that was asked for, or on after a flick. Where less motion is wished, it jumps.

/** @import { Camera } from "./camera.js" */

const GLIDE_MS = 320;
const FRICTION = 0.994; // of the speed, each millisecond
const SLOWEST = 0.02; // pixels a millisecond

export class Mover {
  #camera;
  #isCalm;
  #from = { x: 0, y: 0, scale: 1 };
  #to = { x: 0, y: 0, scale: 1 };
  #began = 0;
  #isGliding = false;
  #speedX = 0;
  #speedY = 0;
  #last = 0;

  /**
   * `isCalm()` tells whether less motion is wished.
   *
   * @param {Camera} camera
   * @param {() => boolean} isCalm
   */
  constructor(camera, isCalm) {
    this.#camera = camera;
    this.#isCalm = isCalm;
  }

  get isMoving() {
    return this.#isGliding || this.#speedX !== 0 || this.#speedY !== 0;
  }

  /**
   * Change the camera by `change`, seen as a glide from where it is now.
   *
   * @param {() => void} change
   * @param {number} now
   */
  glide(change, now) {
    const camera = this.#camera;
    this.stop();
    copy(camera, this.#from);
    change();
    if (this.#isCalm()) return;
    copy(camera, this.#to);
    copy(this.#from, camera);
    this.#began = now;
    this.#isGliding = true;
  }

  /**
   * Go on with a finger's speed, in pixels a millisecond.
   *
   * @param {number} speedX
   * @param {number} speedY
   * @param {number} now
   */
  flick(speedX, speedY, now) {
    if (this.#isCalm() || Math.hypot(speedX, speedY) < 0.15) return;
    this.#speedX = speedX;
    this.#speedY = speedY;
    this.#last = now;
  }

  stop() {
    this.#isGliding = false;
    this.#speedX = 0;
    this.#speedY = 0;
  }

  /**
   * Move on to `now`.
   *
   * @param {number} now
   */
  step(now) {
    if (this.#isGliding) this.#glideOn(now);
    else if (this.#speedX !== 0 || this.#speedY !== 0) this.#rollOn(now);
  }

  /** @param {number} now */
  #glideOn(now) {
    const share = Math.min(1, Math.max(0, (now - this.#began) / GLIDE_MS));
    const eased = 1 - (1 - share) ** 3;
    const camera = this.#camera;
    camera.scale = this.#from.scale * (this.#to.scale / this.#from.scale) ** eased;
    // The middle travels as the picture grows, so that the aim moves evenly across the view.
    const way =
      this.#to.scale === this.#from.scale
        ? eased
        : (1 - this.#from.scale / camera.scale) / (1 - this.#from.scale / this.#to.scale);
    camera.x = this.#from.x + (this.#to.x - this.#from.x) * way;
    camera.y = this.#from.y + (this.#to.y - this.#from.y) * way;
    if (share < 1) return;
    copy(this.#to, camera);
    this.#isGliding = false;
  }

  /** @param {number} now */
  #rollOn(now) {
    const passed = Math.max(0, Math.min(50, now - this.#last));
    this.#last = now;
    this.#camera.pan(this.#speedX * passed, this.#speedY * passed);
    const kept = FRICTION ** passed;
    this.#speedX *= kept;
    this.#speedY *= kept;
    if (Math.hypot(this.#speedX, this.#speedY) < SLOWEST) this.stop();
  }
}

/**
 * @param {{x: number, y: number, scale: number}} from
 * @param {{x: number, y: number, scale: number}} to
 */
function copy(from, to) {
  to.x = from.x;
  to.y = from.y;
  to.scale = from.scale;
}
