// After-call work: how each conversation that has ended came out, within the time that is left.
import { call } from "../../common/api.js";
import { h } from "../../common/dom.js";
import { gettext } from "../../common/i18n.js";
import { say } from "../../common/notices.js";
import { showProblem } from "../../common/problems.js";
import { reasonText } from "../talk/messages.js";
import { attempt, drafts, settings, store } from "./context.js";
import { changeState, onLeavingWrapUp } from "./state-switch.js";
import { State } from "./states.js";

const MAX_NOTE = 500;

/** @param {HTMLElement} element */
export function wrapUpForm(element) {
  /** @type {Map<number, Desk.WrapUpRow>} by conversation */
  const rows = new Map();
  const list = h("div.desk-wrap-rows", {});
  const fold = h("button.button.small", { type: "button", "aria-expanded": "true", onclick: () => setFolded(fold.getAttribute("aria-expanded") === "true") }, gettext("Hide the form"));
  const ready = h("button.button.primary", { type: "submit" }, gettext("Save, and ready again"));
  const pause = h("button.button", { type: "button", onclick: () => void finish(State.ONLINE, pause) }, gettext("Save, and pause"));
  element.append(
    h(
      "form.desk-wrap-form",
      { "aria-label": gettext("Wrap up"), onsubmit: (event) => {
        event.preventDefault();
        void finish(State.READY, ready);
      } },
      h("div.desk-wrap-head", {}, h("h2", {}, gettext("How did it come out?")), fold),
      list,
      h("p.desk-wrap-acts", {}, pause, ready),
    ),
  );

  onLeavingWrapUp(finish);
  store.onChange(render);
  render();

  function render() {
    const isWrappingUp = store.counselor?.state === State.AFTER_CALL;
    const isHidden = !isWrappingUp || !store.toWrapUp.length;
    if (isHidden && !element.hidden) setFolded(false);
    element.hidden = isHidden;
    const present = new Set(store.toWrapUp.map((one) => one.session_id));
    for (const [id, row] of rows) {
      if (present.has(id)) continue;
      void keepLate(id, row);
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
  }

  /**
   * The form lies over the conversations, so that none of them moves; folded it leaves them all to see.
   *
   * @param {boolean} isFolded
   */
  function setFolded(isFolded) {
    fold.setAttribute("aria-expanded", String(!isFolded));
    fold.textContent = isFolded ? gettext("Show the form") : gettext("Hide the form");
    element.classList.toggle("is-folded", isFolded);
  }

  /** @type {Desk.Finish} */
  async function finish(to, button) {
    const nameless = [...rows.values()].find((row) => row.needsCode());
    if (nameless) {
      nameless.complain();
      return;
    }
    const isNamed = await attempt(async () => {
      for (const [id, row] of rows) await keep(id, row);
    }, { button });
    if (isNamed) await changeState(to, { button });
  }
}

/**
 * @param {number} id
 * @param {Desk.WrapUpRow} row
 */
async function keep(id, row) {
  const body = row.body();
  if (!body) return false;
  await call(`/api/sessions/${id}/end`, { method: "POST", body });
  row.isKept = true;
  return true;
}

/**
 * The limit came first: what was chosen by then counts all the same.
 *
 * @param {number} id
 * @param {Desk.WrapUpRow} row
 */
async function keepLate(id, row) {
  if (row.isKept || row.needsCode()) return;
  try {
    if (await keep(id, row)) say(gettext("The time to wrap up was over; what you had chosen is kept."), { kind: "success" });
  } catch (error) {
    showProblem(error);
  }
}

/**
 * @param {Desk.ToWrapUp} one
 * @returns {Desk.WrapUpRow}
 */
function wrapUpRow({ session_id: id, customer, category, end_reason: reason, wrap_up_code: given }) {
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
    h("legend", {}, h("strong", {}, customer.name), " ", h("span.quiet", {}, `${category.name} · ${reasonText(reason, { role: "counselor" })}`)),
    h("div.field", {}, h("label", { for: code.id }, gettext("Outcome")), code),
    h("div.field", {}, h("label", { for: note.id }, gettext("Note"), " ", h("span.quiet", {}, gettext("(optional)"))), note),
    problem,
  );
  return {
    node,
    isKept: false,
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

