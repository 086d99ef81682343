// What a desk comes back to after a reload: the conversation in focus, and those that are only watched. Of this tab.
import { call } from "../../common/api.js";
import { settings, store } from "./context.js";
import { WATCHED } from "./store.js";

const KEY = `desk:${settings.user.id}:open`;

/** @returns {{focus?: number | null, watched?: number[]}} */
function remembered() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
  } catch {
    return {};
  }
}

/** Bring back what was there, and remember it from now on. To be called once the desk has been read. */
export async function bringBack() {
  const { focus = null, watched = [] } = remembered();
  for (const session of await Promise.all(watched.map(stillGoesOn))) if (session) store.add(session, WATCHED);
  store.setFocus(focus);
  store.onChange(remember);
  remember();
}

/** @param {number} id */
async function stillGoesOn(id) {
  try {
    const session = await call(`/api/sessions/${id}`);
    return session.status === "IN_PROGRESS" ? session : null;
  } catch {
    return null; // it is not there any more, or cannot be seen now: the wallboard leads to it again
  }
}

function remember() {
  const watched = store.items.filter(({ part }) => part === WATCHED).map(({ id }) => id);
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ focus: store.focus, watched }));
  } catch {
    // Nothing is kept in this window.
  }
}
