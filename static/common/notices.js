/** Short messages at the foot of the window, and what only a screen reader hears. */

import { h } from "./dom.js";
import { gettext } from "./i18n.js";

/** @type {Record<string, number>} */
const SECONDS = { info: 6, success: 6, warning: 12, error: 0 };

/**
 * Show a message.
 *
 * @param {string | {title?: string, detail?: string}} text
 * @param {{kind?: string, actions?: Notices.Action[], seconds?: number, id?: string | null}} options  kind: info, success,
 *   warning, error; seconds: 0 for until it is closed; id: a message with the same id is replaced
 * @returns {() => void} what takes it away
 */
export function say(text, { kind = "info", actions = [], seconds = actions.length ? 0 : SECONDS[kind], id = null } = {}) {
  const region = document.getElementById("toasts");
  if (!region) return () => {};
  if (id) region.querySelector(`[data-id="${CSS.escape(id)}"]`)?.remove();
  const { title = "", detail = "" } = typeof text === "string" ? { detail: text } : text;
  /** @type {HTMLElement} */
  const toast = h(
    `div.toast.${kind}`,
    { dataset: id ? { id } : {} },
    h("span", {}, title && h("strong", {}, title), detail),
    actions.map(({ label, href, onClick }) =>
      href
        ? h("a.button", { href }, label)
        : h("button.button", { type: "button", onclick: () => { onClick?.(); toast.remove(); } }, label),
    ),
    h("button.button.quiet", { type: "button", "aria-label": gettext("Close this message"), onclick: () => toast.remove() }, "✕"),
  );
  region.append(toast);
  if (seconds) setTimeout(() => toast.remove(), seconds * 1000);
  return () => toast.remove();
}

/** @type {HTMLElement | null} */
let speaker = null;

/**
 * Say something to screen readers only.
 *
 * @param {string} text
 */
export function announce(text, { urgent = false } = {}) {
  speaker ??= document.body.appendChild(h("div.visually-hidden", { id: "announcer" }));
  speaker.setAttribute("aria-live", urgent ? "assertive" : "polite");
  speaker.textContent = speaker.textContent === text ? `${text}\u00a0` : text;
}
