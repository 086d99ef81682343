// After-call work: how each conversation that has ended came out, within the time that is left.
import { call } from "../../common/api.js";
import { h } from "../../common/dom.js";
import { gettext } from "../../common/i18n.js";
import { reasonWords } from "../talk/words.js";
import { attempt, drafts, settings, store } from "./context.js";
import { changeState } from "./state-switch.js";

const MAX_NOTE = 500;

export function wrapUpForm(element) {
  const rows = new Map();
  const list = h("div.desk-wrap-rows", {});
  const ready = h("button.button.primary", { type: "submit" }, gettext("Save, and ready again"));
  const pause = h("button.button", { type: "button", onclick: () => void finish("ONLINE", pause) }, gettext("Save, and pause"));
  element.append(
    h(
      "form.desk-wrap-form",
      { "aria-label": gettext("Wrap up"), onsubmit: (event) => {
        event.preventDefault();
        void finish("READY", ready);
      } },
      h("h2", {}, gettext("How did it come out?")),
      list,
      h("p.desk-wrap-acts", {}, pause, ready),
    ),
  );

  store.onChange(() => {
    const isWrappingUp = store.counselor?.state === "AFTER_CALL";
    element.hidden = !isWrappingUp || !store.toWrapUp.length;
    const present = new Set(store.toWrapUp.map((one) => one.session_id));
    for (const [id, row] of rows) {
      if (present.has(id)) continue;
      row.node.remove();
      rows.delete(id);
      for (const field of ["code", "note"]) drafts.setDraft(`wrap-${field}:${id}`, "");
    }
    for (const one of store.toWrapUp) {
      if (rows.has(one.session_id)) continue;
      const row = wrapUpRow(one);
      rows.set(one.session_id, row);
      list.append(row.node);
    }
  });

  async function finish(to, button) {
    const nameless = [...rows.values()].find((row) => row.needsCode());
    if (nameless) {
      nameless.complain();
      return;
    }
    const named = await attempt(async () => {
      for (const [id, row] of rows) {
        const body = row.body();
        if (body) await call(`/api/sessions/${id}/end`, { method: "POST", body });
      }
    }, { button });
    if (named) await changeState(to, { button });
  }
}

function wrapUpRow({ session_id: id, customer, category, reason, wrap_up_code: given }) {
  const [codeDraft, noteDraft] = [`wrap-code:${id}`, `wrap-note:${id}`];
  const code = h(
    "select",
    { id: `wrap-code-${id}`, onchange: () => {
      drafts.setDraft(codeDraft, code.value);
      problem.textContent = "";
      code.removeAttribute("aria-invalid");
    } },
    h("option", { value: "" }, gettext("Choose…")),
    settings.wrap_up_codes.map((one) => h("option", { value: one.code }, one.name)),
  );
  code.value = given ?? drafts.draft(codeDraft);
  const note = h("input", { id: `wrap-note-${id}`, type: "text", maxlength: String(MAX_NOTE), autocomplete: "off", oninput: () => drafts.setDraft(noteDraft, note.value) });
  note.value = drafts.draft(noteDraft);
  const problem = h("p.error", { id: `wrap-problem-${id}` });
  const node = h(
    "fieldset.plain.desk-wrap-row",
    {},
    h("legend", {}, h("strong", {}, customer.name), " ", h("span.quiet", {}, `${category.name} · ${reasonWords(reason, { role: "counselor" })}`)),
    h("div.field", {}, h("label", { for: code.id }, gettext("Outcome")), code),
    h("div.field", {}, h("label", { for: note.id }, gettext("Note"), " ", h("span.quiet", {}, gettext("(optional)"))), note),
    problem,
  );
  return {
    node,
    needsCode: () => note.value.trim() !== "" && !code.value,
    complain() {
      problem.textContent = gettext("Choose an outcome as well, so that the note is kept.");
      code.setAttribute("aria-describedby", problem.id);
      code.setAttribute("aria-invalid", "true");
      code.focus();
    },
    body: () => (code.value && !given ? { wrap_up_code: code.value, note: note.value } : null),
  };
}

