// The help button of every page. The panel behind it is loaded when it is asked for, when it was open on the page
// before, or when a conversation goes on.
import { hasConversation, isSmall, rememberedPanel } from "./state.js";

const launcher = document.getElementById("help-launcher");

/**
 * Open the panel; `view` such as {name: "talk", sessionId: 3}, or where it was.
 *
 * @param {{name: "talk", sessionId: number} | null} view
 */
async function open(view = null, { isFocused = true } = {}) {
  const { panel } = await import("./panel.js");
  await panel.open(view, { isFocused });
}

async function toggle() {
  const { panel } = await import("./panel.js");
  if (panel.isOpen) panel.close();
  else await panel.open(null);
}

/**
 * Any link or button may lead here: data-open-help, with the id of a conversation where it has one.
 *
 * @param {MouseEvent} event
 */
function clicked(event) {
  const opener = event.target instanceof Element && /** @type {HTMLElement | null} */ (event.target.closest("[data-open-help]"));
  if (!opener) return;
  event.preventDefault();
  const sessionId = Number(opener.dataset.openHelp);
  open(sessionId ? { name: "talk", sessionId } : null);
}

async function resume() {
  const remembered = rememberedPanel();
  const [navigation] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  // On a small screen the panel would hide the page that somebody has just asked for; after a reload it is wanted.
  if (remembered.isOpen && (!isSmall() || navigation?.type === "reload")) {
    await open(null, { isFocused: false });
  } else if (launcher?.dataset.user && hasConversation(launcher.dataset.user)) {
    const { panel } = await import("./panel.js");
    await panel.watch();
  }
}

if (launcher) {
  launcher.hidden = false;
  launcher.addEventListener("click", toggle);
  document.addEventListener("click", clicked);
  resume();
}
