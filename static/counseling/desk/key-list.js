// The list of the desk's keys, with the choice whether the question mark opens it.
import { openDialog } from "../../common/dialog.js";
import { h } from "../../common/dom.js";
import { gettext } from "../../common/i18n.js";
import { markChoice } from "./choices.js";

/** @param {Desk.Shortcut[]} known */
export function showKeys(known) {
  const row = (/** @type {string} */ keys, /** @type {string} */ words) => h("tr", {}, h("th", { scope: "row" }, keys.split(" ").flatMap((key, at) => [at ? " + " : "", h("kbd", {}, key)])), h("td", {}, words));
  const mark = h("input", { type: "checkbox", id: "desk-question-mark", checked: markChoice.value !== "off", onchange: () => (markChoice.value = mark.checked ? "on" : "off") });
  const dialog = h(
    "dialog.desk-keys",
    { "aria-labelledby": "desk-keys-title" },
    h("h2", { id: "desk-keys-title" }, gettext("Keyboard shortcuts")),
    h("table", {}, h("tbody", {}, row("?", gettext("This list")), known.map(([, keys, words]) => row(keys, words)), row("Alt 1…9", gettext("The conversation at this place of the list")), row("/", gettext("In a message: a canned reply by its shortcut")))),
    h("p", {}, h("label", { for: "desk-question-mark" }, mark, " ", gettext("The key ? opens this list"))),
    h("form.actions", { method: "dialog" }, h("button.button.primary", {}, gettext("Close"))),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  openDialog(dialog);
}
