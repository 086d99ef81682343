// To whom a conversation goes: a colleague who is free, or another category's line.
import { call } from "../../common/api.js";
import { $, h } from "../../common/dom.js";
import { openDialog } from "../../common/dialog.js";
import { gettext, interpolate, ngettext } from "../../common/i18n.js";
import { messageOf, showProblem } from "../../common/problems.js";

/**
 * Ask where it goes and send it there; resolves to the name of whoever has it, or null.
 *
 * @param {Desk.Session} session
 * @returns {Promise<string | null>}
 */
export async function transferDialog(session) {
  /** @type {Desk.Targets} */
  let targets;
  try {
    targets = await call(`/api/sessions/${session.id}/transfer-targets`);
  } catch (error) {
    showProblem(error);
    return null;
  }
  return new Promise((resolve) => {
    const problem = h("p.error", { role: "alert" });
    const send = h("button.button.primary", { disabled: true }, gettext("Transfer"));
    const form = h("form.stack", { onchange: () => (send.disabled = false), onsubmit: (event) => {
      event.preventDefault();
      void go();
    } });
    const dialog = h("dialog.desk-transfer", { "aria-labelledby": "desk-transfer-title" }, h("h2", { id: "desk-transfer-title" }, interpolate(gettext("Transfer %(name)s"), { name: session.customer.name })), form);
    /** @type {string | null} */
    let result = null;
    form.append(
      choices(gettext("To a colleague who is free"), targets.counselors.map((one) => ({
        value: `counselor_id:${one.id}`, label: one.name, detail: interpolate(gettext("%(load)s of %(capacity)s places taken"), one),
      })), gettext("No colleague with this skill has a free place now.")),
      choices(gettext("To another category's line, at the place of the first request"), targets.categories.map((one) => ({
        value: `category_id:${one.id}`, label: `${one.domain} · ${one.name}`, detail: interpolate(ngettext("%(waiting)s waits there", "%(waiting)s wait there", one.waiting), one),
      })), gettext("There is no other category.")),
      problem,
      h("p.actions", {}, h("button.button", { type: "button", onclick: () => dialog.close() }, gettext("Cancel")), send),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(result);
    });
    document.body.append(dialog);
    openDialog(dialog);

    async function go() {
      const chosen = $("input:checked", form);
      const [field, id] = chosen.value.split(":");
      send.disabled = true;
      try {
        await call(`/api/sessions/${session.id}/transfer`, { method: "POST", body: { [field]: Number(id) } });
        result = chosen.dataset.label;
        dialog.close();
      } catch (error) {
        const { title, detail } = messageOf(error);
        problem.textContent = `${title}. ${detail}`;
        send.disabled = false;
      }
    }
  });
}

/**
 * @param {string} legend
 * @param {Desk.Choice[]} options
 * @param {string} nothing
 */
function choices(legend, options, nothing) {
  return h(
    "fieldset.plain.desk-choices",
    {},
    h("legend", {}, legend),
    options.length
      ? options.map(({ value, label, detail }) => h("label.desk-choice", {}, h("input", { type: "radio", name: "to", value, dataset: { label } }), h("span", {}, label), h("span.quiet", {}, detail)))
      : h("p.quiet", {}, nothing),
  );
}
