// What was said and asked before.
import { call } from "../../../common/api.js";
import { h } from "../../../common/dom.js";
import { gettext, interpolate } from "../../../common/i18n.js";
import { showProblem } from "../../../common/problems.js";
import { formatTime } from "../../../common/times.js";
import { isOpen } from "../sessions.js";
import { statusText } from "../messages.js";

/**
 * @param {Help.Panel} panel
 * @returns {Promise<Help.Made>}
 */
export async function historyView(panel) {
  const [page, inquiries] = await Promise.all([call("/api/sessions"), call("/api/inquiries")]);
  const node = h("div.help-page", {}, conversations(panel, page), written(inquiries));
  return { title: gettext("Past conversations and inquiries"), node, back: { name: "home" } };
}

/**
 * @param {Help.Panel} panel
 * @param {Help.Page} first
 */
function conversations(panel, first) {
  const list = h("ul.help-list", {});
  const more = h("button.button.quiet", { type: "button" }, gettext("Earlier ones"));
  let page = 1;
  const add = (/** @type {Help.Page} */ { results, next }) => {
    list.append(...results.filter((session) => !isOpen(session)).map((session) => h("li", {}, card(panel, session))));
    more.hidden = !next;
  };
  more.onclick = async () => {
    more.disabled = true;
    try {
      add(await call(`/api/sessions?page=${page + 1}`));
      page += 1;
    } catch (error) {
      showProblem(error);
    } finally {
      more.disabled = false;
    }
  };
  add(first);
  const nothing = list.hasChildNodes() || first.next ? null : h("p.nothing", {}, gettext("You have not talked with us yet."));
  return h("section.help-section", {}, h("h3", {}, gettext("Conversations")), nothing ?? list, more);
}

/**
 * @param {Help.Panel} panel
 * @param {Help.Session} session
 */
function card(panel, session) {
  const rated = session.rating ? interpolate(gettext("rated %(score)s of 5"), { score: session.rating }) : null;
  const about = [formatTime(session.requested_at, "date"), statusText(session), rated].filter(Boolean).join(" · ");
  return h(
    "button.help-card",
    { type: "button", onclick: () => panel.go({ name: "talk", sessionId: session.id }) },
    h("span.help-card-title", {}, session.subject || session.category.name),
    h("span.quiet", {}, about),
  );
}

/** @param {Help.Inquiry[]} inquiries */
function written(inquiries) {
  if (!inquiries.length) return null;
  return h("section.help-section", {}, h("h3", {}, gettext("Inquiries")), inquiries.map((one) =>
    h("details.help-inquiry", {},
      h("summary", {}, one.subject, h(`span.badge${one.status === "ANSWERED" ? ".good" : ""}`, {}, inquiryText(one))),
      h("p.help-words", {}, one.content),
      one.answer && h("p.help-words.help-answer", {}, h("strong", {}, gettext("Answer")), h("br"), one.answer),
    ),
  ));
}

/** @param {Help.Inquiry} inquiry */
function inquiryText({ status, created_at: createdAt }) {
  if (status === "ANSWERED") return gettext("Answered");
  if (status === "CLOSED") return gettext("Closed");
  return interpolate(gettext("Sent %(when)s"), { when: formatTime(createdAt, "short") });
}
