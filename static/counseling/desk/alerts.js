// What calls a counselor who looks elsewhere: a sound, a notification of the system, the window's title.
import { $, h } from "../../common/dom.js";
import { openDialog } from "../../common/dialog.js";
import { gettext, interpolate } from "../../common/i18n.js";
import { chime } from "../talk/chime.js";
import { settings, store, talks } from "./context.js";

const KEY = `desk:${settings.user.id}:sound`;

export function hasSound() {
  return readSound() !== "off";
}

function readSound() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function setSound(isOn) {
  try {
    localStorage.setItem(KEY, isOn ? "on" : "off");
  } catch {
    // A private window keeps nothing: the choice lasts as long as the page does not.
  }
}

/** Call for the counselor: by sound, and by a notification while the page is not in front. */
export function alertDesk({ title, body = "", tag }) {
  if (hasSound()) chime();
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

export function watchAlerts(button) {
  button.addEventListener("click", showChoices);
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

function showChoices() {
  const sound = h("input", { type: "checkbox", id: "desk-sound", checked: hasSound(), onchange: () => {
    setSound(sound.checked);
    if (sound.checked) chime();
  } });
  const state = h("p.quiet", {});
  const allow = h("button.button", { type: "button", onclick: async () => {
    await Notification.requestPermission();
    show();
  } }, gettext("Allow notices of the system"));
  const show = () => {
    const permission = "Notification" in window ? Notification.permission : "missing";
    allow.hidden = permission !== "default";
    state.textContent = {
      granted: gettext("Notices of the system are on: they come while this page is not in front."),
      denied: gettext("Your browser blocks notices of this site. You can change that in its settings for this site."),
      default: gettext("While this page is not in front, the system can tell you of offers and messages."),
      missing: gettext("Your browser has no notices of the system."),
    }[permission];
  };
  show();
  const dialog = h(
    "dialog",
    { "aria-labelledby": "desk-alerts-title" },
    h("h2", { id: "desk-alerts-title" }, gettext("Sound and notices")),
    h("p", {}, h("label", { for: "desk-sound" }, sound, " ", gettext("A sound for new customers and messages"))),
    state,
    allow,
    h("form.actions", { method: "dialog" }, h("button.button.primary", {}, gettext("Done"))),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  openDialog(dialog);
}
