// What goes on, what can be asked about, and what is asked most.
import { call } from "../../../common/api.js";
import { h } from "../../../common/dom.js";
import { gettext, interpolate, ngettext } from "../../../common/i18n.js";
import { isWaiting } from "../sessions.js";
import { openingText, placeText, statusText } from "../messages.js";
import { hints } from "./hints.js";

/**
 * @param {Help.Panel} panel
 * @returns {Promise<Help.Made>}
 */
export async function homeView(panel) {
  /** @type {Help.Category[]} */
  const categories = await call("/api/counsel-categories");
  const going = h("div.help-going", {});
  const show = () => going.replaceChildren(...goingOn(panel));
  show();
  const node = h(
    "div.help-page",
    {},
    going,
    h("section.help-section", {}, h("h3", {}, gettext("What is it about?")), categoriesOf(panel, categories)),
    h("section.help-section.help-more", {},
      h("button.button.quiet", { type: "button", onclick: () => panel.go({ name: "history" }) }, gettext("Past conversations and inquiries")),
    ),
    hints(),
  );
  return { title: gettext("Help"), node, destroy: panel.model.onChange(show) };
}

/** @param {Help.Panel} panel */
function goingOn(panel) {
  const { open } = panel.model;
  if (!open.length) return [];
  return [
    h("h3", {}, gettext("Going on now")),
    h("ul.help-list", {}, open.map((session) => h("li", {}, card(panel, session)))),
  ];
}

/**
 * @param {Help.Panel} panel
 * @param {Help.Session} session
 */
function card(panel, session) {
  const { talk } = panel.model.talkOf(session);
  const unread = talk.unread ? interpolate(ngettext("%(n)s new message", "%(n)s new messages", talk.unread), { n: talk.unread }) : null;
  return h(
    "button.help-card",
    { type: "button", onclick: () => panel.go({ name: "talk", sessionId: session.id }) },
    h("span.help-card-title", {}, session.subject || session.category.name),
    h("span.quiet", {}, isWaiting(session) ? placeText(session) : statusText(session)),
    unread && h("span.badge.good", {}, unread),
  );
}

/**
 * @param {Help.Panel} panel
 * @param {Help.Category[]} categories
 */
function categoriesOf(panel, categories) {
  if (!categories.length) return h("p.nothing", {}, gettext("Nothing can be asked here at the moment."));
  const domains = grouped(categories);
  return h("div.help-domains", {}, [...domains].map(([domain, some]) =>
    h("div", {}, h("h4", {}, domain), h("ul.help-list", {}, some.map((category) => h("li", {}, choice(panel, category))))),
  ));
}

/**
 * @param {Help.Panel} panel
 * @param {Help.Category} category
 */
function choice(panel, category) {
  return h(
    "button.help-card",
    { type: "button", onclick: () => panel.go({ name: category.is_open ? "ask" : "inquiry", categoryId: category.id }) },
    h("span.help-card-title", {}, category.name),
    h(`span.badge${category.is_open ? ".good" : ""}`, {}, openingText(category)),
  );
}

/** @param {Help.Category[]} categories */
function grouped(categories) {
  /** @type {Map<string, Help.Category[]>} */
  const domains = new Map();
  for (const one of categories) domains.set(one.domain, [...(domains.get(one.domain) ?? []), one]);
  return domains;
}
