// Fingers, mouse and wheel on the map, told as: pan, zoom, tap, hover.

const SLOP = 8; // pixels that a tap may wander
const DOUBLE_MS = 300;
const FLICK_MS = 60;

/**
 * @param {HTMLElement} element
 * @param {SeatMap.Gestures} heard
 */
export function listenToGestures(element, heard) {
  /** @type {Map<number, SeatMap.Pointer>} */
  const pointers = new Map();
  let moved = false;
  let wasPinch = false;
  let trail = { x: 0, y: 0, at: 0, speedX: 0, speedY: 0 };
  let lastTap = { at: -Infinity, x: 0, y: 0 };
  /** @type {DOMRect | null} */
  let box = null; // where the element is; forgotten when it may have moved

  const at = (/** @type {any} */ event) => {
    box ??= element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    box = null;
    const point = at(event);
    element.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, { ...point, startX: point.x, startY: point.y });
    if (pointers.size === 1) [moved, wasPinch] = [false, false];
    else wasPinch = true;
    trail = { x: point.x, y: point.y, at: event.timeStamp, speedX: 0, speedY: 0 };
    heard.press();
  });

  element.addEventListener("pointermove", (event) => {
    const pointer = pointers.get(event.pointerId);
    if (!pointer) {
      if (event.pointerType !== "touch") {
        box = null;
        const { x, y } = at(event);
        heard.hover(x, y);
      }
      return;
    }
    const { x, y } = at(event);
    if (Math.hypot(x - pointer.startX, y - pointer.startY) > SLOP) moved = true;
    if (pointers.size === 2) pinch(event.pointerId, x, y);
    else if (moved) heard.pan(x - pointer.x, y - pointer.y);
    if (moved || pointers.size === 2) {
      pointer.x = x;
      pointer.y = y;
    }
    keepTrail(x, y, event.timeStamp);
  });

  /**
   * @param {number} id
   * @param {number} x
   * @param {number} y
   */
  function pinch(id, x, y) {
    const pointer = pointers.get(id);
    const [, other] = [...pointers].find(([otherId]) => otherId !== id) ?? [];
    if (!pointer || !other) return;
    const before = Math.hypot(pointer.x - other.x, pointer.y - other.y) || 1;
    const after = Math.hypot(x - other.x, y - other.y);
    heard.pan((x - pointer.x) / 2, (y - pointer.y) / 2);
    heard.zoom((x + other.x) / 2, (y + other.y) / 2, after / before);
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} time
   */
  function keepTrail(x, y, time) {
    const passed = time - trail.at;
    if (passed <= 0) return;
    const share = Math.min(1, passed / FLICK_MS);
    trail.speedX += ((x - trail.x) / passed - trail.speedX) * share;
    trail.speedY += ((y - trail.y) / passed - trail.speedY) * share;
    trail.x = x;
    trail.y = y;
    trail.at = time;
  }

  /** @param {any} event */
  function release(event) {
    const pointer = pointers.get(event.pointerId);
    if (!pointer) return;
    pointers.delete(event.pointerId);
    if (pointers.size) return;
    const { x, y } = at(event);
    if (event.type === "pointerup" && !moved && !wasPinch) tap(x, y, event);
    else if (!wasPinch && event.timeStamp - trail.at < FLICK_MS) heard.release(trail.speedX, trail.speedY);
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {any} event
   */
  function tap(x, y, event) {
    const isDouble = event.timeStamp - lastTap.at < DOUBLE_MS && Math.hypot(x - lastTap.x, y - lastTap.y) < 24;
    lastTap = { at: isDouble ? -Infinity : event.timeStamp, x, y };
    heard.tap(x, y, event.pointerType, isDouble);
  }

  element.addEventListener("pointerup", release);
  element.addEventListener("pointercancel", release);
  element.addEventListener("pointerleave", () => heard.leave());
  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      box = null;
      const { x, y } = at(event);
      const lines = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
      const steps = Math.max(-120, Math.min(120, event.deltaY * lines));
      heard.zoom(x, y, Math.exp(-steps * (event.ctrlKey ? 0.012 : 0.0032)));
    },
    { passive: false },
  );
}
