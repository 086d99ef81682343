// A question in writing: when nobody is there, or the wait is long. It is answered by e-mail.
import { call } from "../../../common/api.js";
import { h } from "../../../common/dom.js";
import { gettext, interpolate } from "../../../common/i18n.js";
import { formatTime } from "../../../common/times.js";
import { draftsOf } from "../../talk/open.js";
import { field, hoursOf, submitting } from "../forms.js";
import { isWaiting } from "../sessions.js";

const MAX_SUBJECT = 200;
const MAX_CONTENT = 5_000;

/**
 * @param {Help.Panel} panel
 * @param {Help.Place} place
 * @returns {Promise<Help.Made>}
 */
export async function inquiryView(panel, { categoryId, sessionId, isClosed = false }) {
  /** @type {Help.Category[]} */
  const categories = await call("/api/counsel-categories");
  const session = sessionId ? await panel.model.get(sessionId) : null;
  const category = categories.find((one) => one.id === (session?.category.id ?? categoryId));
  const drafts = draftsOf(panel.model.me.id);
  const waits = session && isWaiting(session) ? session : null;
  const subject = kept(h("input", { type: "text", maxlength: String(MAX_SUBJECT), required: true, autocomplete: "off" }), "inquiry:subject", session?.subject ?? "");
  const content = kept(h("textarea", { rows: "7", maxlength: String(MAX_CONTENT), required: true }), "inquiry:content", session ? unsentOf(panel, session) : "");
  const form = h(
    "form.help-page",
    {},
    category && h("p.help-lead", {}, h("strong", {}, category.name)),
    (isClosed || category?.is_open === false) && h("p.notice.info", {}, closedText(category)),
    waits && h("p.notice.info", {}, gettext("Sending this takes you out of the line.")),
    field(gettext("Subject"), subject),
    field(gettext("Your question"), content, { help: gettext("We answer by e-mail, to the address of your account. Never write card numbers.") }),
    h("button.button.primary.wide", {}, gettext("Send the inquiry")),
    waits && h("button.button.quiet.wide", { type: "button", onclick: () => panel.go({ name: "talk", sessionId }) }, gettext("Keep waiting")),
    category && hoursOf(category),
  );
  submitting(form, async () => {
    const asked = session?.category.id ?? Number(categoryId);
    await panel.model.inquire({ categoryId: asked, subject: subject.value.trim(), content: content.value.trim(), session: waits });
    for (const name of ["inquiry:subject", "inquiry:content"]) drafts.setDraft(name, "");
    if (session) forgetUnsent(panel, session);
    form.replaceWith(thanks(panel));
  });
  return {
    title: gettext("Ask in writing"),
    node: h("div", {}, form),
    back: session ? { name: "talk", sessionId } : { name: "home" },
    focus: () => subject,
    destroy: () => session && panel.model.release(session.id),
  };

  /**
   * @template {Help.Control} Control
   * @param {Control} control
   * @param {string} name
   * @param {string} proposal
   */
  function kept(control, name, proposal) {
    control.value = drafts.draft(name) || proposal;
    control.addEventListener("input", () => drafts.setDraft(name, control.value));
    return control;
  }
}

/**
 * What was written for a counselor who never came.
 *
 * @param {Help.Panel} panel
 * @param {Help.Session} session
 */
function unsentOf(panel, session) {
  const { talk } = panel.model.talkOf(session);
  return [...talk.rows.map((row) => row.message?.content), talk.draft].filter(Boolean).join("\n");
}

/**
 * @param {Help.Panel} panel
 * @param {Help.Session} session
 */
function forgetUnsent(panel, session) {
  const { talk } = panel.model.talkOf(session);
  for (const { message } of talk.rows) if (message) talk.discard(message.id);
  talk.draft = "";
}

/** @param {Help.Category | undefined} category */
function closedText(category) {
  if (!category?.opens_at) return gettext("Nobody is there at the moment.");
  return interpolate(gettext("Nobody is there at the moment; counselors are back %(when)s."), { when: formatTime(category.opens_at, "short") });
}

/** @param {Help.Panel} panel */
function thanks(panel) {
  const heading = h("h3", { tabindex: "-1" }, gettext("Thank you, your inquiry has arrived"));
  queueMicrotask(() => heading.focus());
  return h(
    "div.help-page",
    {},
    heading,
    h("p", {}, gettext("The answer comes by e-mail, and is shown among your past inquiries.")),
    h("button.button", { type: "button", onclick: () => panel.go({ name: "history" }) }, gettext("Past conversations and inquiries")),
  );
}
