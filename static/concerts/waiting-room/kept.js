// What a browser keeps of somebody's place, so that a reload comes back to it even where the server has lost the line.

/** @import { Memory } from "./line.js" */

const WISH = "waiting-room:alarm";

/**
 * Read and write without a fuss: private windows may have no storage, and then the account's place has to do.
 *
 * @param {string} key
 */
function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/**
 * @param {string} key
 * @param {unknown} value
 */
function write(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // the same
  }
}

export class Kept {
  #key;
  /** @type {string | null} */
  #text = null;

  /** @param {string} name */
  constructor(name) {
    this.#key = name;
  }

  /** @returns {Memory | null} */
  get place() {
    const kept = read(this.#key);
    return kept && typeof kept.place === "string" && Number.isInteger(kept.number) && Number.isFinite(kept.start) ? kept : null;
  }

  set place(memory) {
    const text = JSON.stringify(memory);
    if (text === this.#text) return;
    this.#text = text;
    write(this.#key, memory);
  }
}

/** Whether the person wants to be called at their turn, on all pages. */
export const alarmWish = {
  get: () => read(WISH) === true,
  set: (/** @type {boolean} */ isOn) => write(WISH, isOn || null),
};
