// One category, a subject, and into the line.
import { call } from "../../../common/api.js";
import { $, h } from "../../../common/dom.js";
import { gettext, interpolate } from "../../../common/i18n.js";
import { draftsOf } from "../../talk/open.js";
import { field, hoursOf, submitting } from "../forms.js";
import { proposedSubject } from "../sessions.js";

const MAX_SUBJECT = 200;

/**
 * @param {Help.Panel} panel
 * @param {Help.Place} place
 * @returns {Promise<Help.Made>}
 */
export async function askView(panel, { categoryId }) {
  /** @type {Help.Category[]} */
  const categories = await call("/api/counsel-categories");
  const category = categories.find((one) => one.id === categoryId);
  if (!category) return { title: gettext("Help"), back: { name: "home" }, node: h("p.nothing", {}, gettext("Nothing can be asked here at the moment.")) };
  const drafts = draftsOf(panel.model.me.id);
  const requestId = `help-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 12)}`; // the same at every try
  const proposal = proposedSubject({
    named: $("[data-help-subject]")?.dataset.helpSubject ?? "",
    path: window.location.pathname,
    heading: $("main h1")?.textContent ?? "",
    orderText: (order) => interpolate(gettext("About order %(order)s"), { order }),
  });
  const subject = h("input", { type: "text", maxlength: String(MAX_SUBJECT), value: drafts.draft("subject") || proposal, autocomplete: "off" });
  subject.addEventListener("input", () => drafts.setDraft("subject", subject.value));
  const form = h(
    "form.help-page",
    {},
    h("p.help-lead", {}, h("strong", {}, category.name)),
    field(gettext("In a few words (optional)"), subject, { help: gettext("The counselor sees this first.") }),
    h("button.button.primary.wide", {}, gettext("Talk to a counselor")),
    h("button.button.quiet.wide", { type: "button", onclick: () => panel.go({ name: "inquiry", categoryId }) }, gettext("Ask in writing instead")),
    hoursOf(category),
  );
  submitting(form, async () => {
    const session = await panel.model.ask({ categoryId: category.id, subject: subject.value.trim(), requestId });
    drafts.setDraft("subject", "");
    await panel.go({ name: "talk", sessionId: session.id });
  }, {
    counseling_closed: () => panel.go({ name: "inquiry", categoryId, isClosed: true }),
  });
  return { title: gettext("Ask a counselor"), node: form, back: { name: "home" }, focus: () => subject };
}
