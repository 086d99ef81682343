// What the panel remembers from page to page. A browser that keeps nothing has a panel that begins anew.

const PANEL = "help:panel"; // this tab: {isOpen, view}
const OPEN = "help:open:"; // this browser: somebody has a conversation that goes on
const SOUND = "help:sound";

/**
 * @param {"localStorage" | "sessionStorage"} storage
 * @param {string} key
 */
function read(storage, key) {
  try {
    return JSON.parse(globalThis[storage].getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/**
 * @param {"localStorage" | "sessionStorage"} storage
 * @param {string} key
 * @param {unknown} value
 */
function write(storage, key, value) {
  try {
    if (value === null) globalThis[storage].removeItem(key);
    else globalThis[storage].setItem(key, JSON.stringify(value));
  } catch {
    // Nothing is kept here.
  }
}

/** @type {() => Help.Remembered} of this tab */
export const rememberedPanel = () => read("sessionStorage", PANEL) ?? { isOpen: false, view: null };
/** @param {Help.Remembered} panel */
export const rememberPanel = (panel) => write("sessionStorage", PANEL, panel);

/**
 * Whether this person had a conversation going on when they were last seen here.
 *
 * @param {string | number} userId
 */
export const hasConversation = (userId) => read("localStorage", OPEN + userId) === true;
/**
 * @param {number} userId
 * @param {boolean} isOpen
 */
export const noteConversation = (userId, isOpen) => write("localStorage", OPEN + userId, isOpen || null);

export const isSoundOn = () => read("localStorage", SOUND) !== false;
/** @param {boolean} isOn */
export const setSound = (isOn) => write("localStorage", SOUND, isOn);

/** The panel fills a small screen, and stands beside the page on a larger one. */
export const isSmall = () => window.matchMedia("(max-width: 40rem), (max-height: 26rem)").matches;
