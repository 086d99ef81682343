// What the modules of the desk share: who sits at it, what is on it, and reading it anew.
import { call } from "../../common/api.js";
import { data } from "../../common/dom.js";
import { live } from "../../common/live.js";
import { showProblem } from "../../common/problems.js";
import { draftsOf } from "../talk/open.js";
import { DeskStore, PAST } from "./store.js";
import { Talks } from "./talks.js";

/** @type {Desk.Settings} */
export const settings = data("desk-settings");
export const store = new DeskStore();
export const talks = new Talks(settings, store);
export const drafts = draftsOf(settings.user.id);

const SOON_MS = 150;
const AGAIN_MS = 5_000;

let timer = 0;
/** @type {Promise<void> | null} */
let reading = null;

/** Read the desk from the API; several wishes of one moment are one reading. */
export function refresh() {
  window.clearTimeout(timer);
  timer = window.setTimeout(() => void readDesk(), SOON_MS);
}

/** Read it now; resolves when the store has it. */
export function readDesk() {
  reading ??= read().finally(() => {
    reading = null;
  });
  return reading;
}

async function read() {
  try {
    store.take(await call("/api/counselors/desk"));
    for (const id of store.missing) store.add(await call(`/api/sessions/${id}`), PAST);
  } catch (error) {
    if (error.code === "login_ended") return;
    if (live.state === "connected") showProblem(error);
    timer = window.setTimeout(() => void readDesk(), error.retryAfter ? error.retryAfter * 1000 : AGAIN_MS);
  }
}

/**
 * Do something for which the server is asked; says so when it is refused. Resolves to whether it was done.
 *
 * @param {() => Promise<any>} work
 * @param {{button?: Desk.Button}} options  `button`: cannot be pressed meanwhile
 */
export async function attempt(work, { button } = {}) {
  if (button) button.disabled = true;
  try {
    await work();
    return true;
  } catch (error) {
    showProblem(error);
    return false;
  } finally {
    if (button) button.disabled = false;
    refresh();
  }
}
