// What a counselor has chosen for their desk, kept in this browser.
import { settings } from "./context.js";

/** @param {string} name */
function choice(name) {
  const key = `desk:${settings.user.id}:${name}`;
  return {
    /** Null while nothing was chosen, and where the browser keeps nothing. */
    get value() {
      try {
        return localStorage.getItem(key);
      } catch {
        return null;
      }
    },

    set value(chosen) {
      try {
        localStorage.setItem(key, chosen ?? "");
      } catch {
        // A private window keeps nothing: the choice lasts as long as the page does.
      }
    },
  };
}

export const columnChoice = choice("columns");
export const markChoice = choice("question-mark"); // "off": the key ? does nothing
export const soundChoice = choice("sound"); // "off": it is quiet
