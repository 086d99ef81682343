// What calls a counselor who looks elsewhere: a sound, a notification of the system, the window's title.
import { $, h } from "../../common/dom.js";
import { gettext, interpolate } from "../../common/i18n.js";
import { chime } from "../talk/chime.js";
import { soundChoice } from "./choices.js";
import { store, talks } from "./context.js";

/**
 * Call for the counselor: by sound, and by a notification while the page is not in front.
 *
 * @param {Desk.Alert} alert
 */
export function alertDesk({ title, body = "", tag }) {
  if (soundChoice.value !== "off") chime();
  if (document.visibilityState === "visible" && document.hasFocus()) return;
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  try {
    const notification = new Notification(title, { body, tag, icon: $('link[rel="icon"]')?.href });
    notification.onclick = () => {
      window.focus();
      notification.close();
    };
  } catch {
    // Browsers of phones only let a service worker make one: the sound and the title have to do.
  }
}

/** @param {HTMLElement} button */
export function watchAlerts(button) {
  button.addEventListener("click", async () => (await import("./alert-choices.js")).showChoices());
  const title = document.title;
  const badge = $('[data-count="unread"]');
  const count = () => {
    const unread = talks.unread + store.offers.length;
    document.title = unread ? `(${unread}) ${title}` : title;
    badge.hidden = unread === 0;
    badge.replaceChildren(
      h("span", { "aria-hidden": "true" }, String(unread)),
      h("span.visually-hidden", {}, interpolate(gettext("%(unread)s unread"), { unread })),
    );
  };
  talks.onChange(count);
  store.onChange(count);
  talks.onEntry((id, entry) => {
    if (entry.type !== "MESSAGE" || talks.get(id)?.as === "watcher") return;
    const isSeen = document.hasFocus() && document.visibilityState === "visible" && store.focus === id;
    if (!isSeen) alertDesk({ title: entry.sender.name ?? gettext("New message"), body: entry.content || gettext("A file"), tag: `talk-${id}` });
  });
}
