// What calls a counselor who looks elsewhere, as they choose it: a sound, and notices of the system.
import { openDialog } from "../../common/dialog.js";
import { h } from "../../common/dom.js";
import { gettext } from "../../common/i18n.js";
import { chime } from "../talk/chime.js";
import { soundChoice } from "./choices.js";

/** Ask whether there is to be a sound, and for the notices of the system. */
export function showChoices() {
  const sound = h("input", { type: "checkbox", id: "desk-sound", checked: soundChoice.value !== "off", onchange: () => {
    soundChoice.value = sound.checked ? "on" : "off";
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
