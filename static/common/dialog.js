/** Questions that have to be answered before anything else happens. */

import { h } from "./dom.js";
import { gettext } from "./i18n.js";

let dialogs = 0;

/**
 * Ask; resolves to true only if the person confirms (closing and Escape mean no).
 *
 * @param {Notices.Asked} question
 */
export function ask({ title, text = "", body = [], confirm = gettext("Yes"), cancel = gettext("No"), danger = false }) {
  return new Promise((resolve) => {
    const id = `dialog-${(dialogs += 1)}`;
    const dialog = h(
      "dialog",
      { "aria-labelledby": id },
      h("h2", { id }, title),
      text && h("p", {}, text),
      body,
      h(
        "form.actions",
        { method: "dialog" },
        cancel && h("button.button", { value: "no" }, cancel),
        h(`button.button.${danger ? "danger" : "primary"}`, { value: "yes" }, confirm),
      ),
    );
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes");
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/**
 * Open a <dialog> of the page, closing it at a click beside it.
 *
 * @param {HTMLDialogElement} dialog
 */
export function openDialog(dialog) {
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.showModal();
  return dialog;
}
