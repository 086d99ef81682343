// Conversations of the past, found by customer, by what was said, by category and day, and read again.
import { call } from "../../common/api.js";
import { h } from "../../common/dom.js";
import { gettext, interpolate, ngettext } from "../../common/i18n.js";
import { messageOf } from "../../common/problems.js";
import { formatTime } from "../../common/times.js";
import { openTalk } from "../talk/open.js";
import { Transcript } from "../talk/transcript.js";
import { reasonText } from "../talk/messages.js";
import { settings } from "./context.js";
import { daysAgo, siteDay } from "./day.js";
import { serverNow } from "../../common/clock.js";

const DAYS = 30;

/**
 * @param {HTMLElement} element
 * @returns {Desk.Part}
 */
export function historyPart(element) {
  /** @type {Record<string, HTMLInputElement | HTMLSelectElement>} */
  const fields = {
    customer: h("input", { id: "desk-find-customer", type: "search", maxlength: "100", autocomplete: "off" }),
    q: h("input", { id: "desk-find-text", type: "search", maxlength: "100", autocomplete: "off" }),
    category_id: h("select", { id: "desk-find-category" }, h("option", { value: "" }, gettext("All")), settings.categories.map((one) => h("option", { value: String(one.id) }, `${one.domain} · ${one.name}`))),
    from: h("input", { id: "desk-find-from", type: "date", value: daysAgo(DAYS - 1) }),
    to: h("input", { id: "desk-find-to", type: "date", value: siteDay(serverNow()) }),
  };
  /** @type {Record<string, string>} */
  const labels = { customer: gettext("Customer"), q: gettext("What was said"), category_id: gettext("Category"), from: gettext("First day"), to: gettext("Last day") };
  const count = h("p.quiet.desk-found", { role: "status" });
  const list = h("ul.desk-results", {});
  const more = h("button.button", { type: "button", hidden: true, onclick: () => void load(page + 1) }, gettext("Show more"));
  const reader = h("div.desk-reader", { hidden: true });
  element.append(
    h("h2", {}, settings.supervises ? gettext("History of the centre") : gettext("My history")),
    h(
      "form.desk-filters",
      { role: "search", onsubmit: (event) => { event.preventDefault(); void load(1); } },
      Object.entries(fields).map(([name, field]) => h("div.field", {}, h("label", { for: field.id }, labels[name]), field)),
      h("button.button.primary", {}, gettext("Search")),
    ),
    h("div.desk-history", {}, h("div.desk-history-list", {}, count, list, more), reader),
  );
  const params = new URLSearchParams(location.search);
  for (const [name, field] of Object.entries(fields)) field.value = params.get(name) ?? field.value;
  let page = 0;
  let asked = 0;
  let close = () => {};

  /** @param {number} wanted */
  async function load(wanted) {
    const mine = (asked += 1);
    const query = new URLSearchParams(Object.entries(fields).map(([name, field]) => [name, field.value.trim()]).filter(([, value]) => value));
    if (wanted === 1) history.replaceState(null, "", `${location.pathname}?${query}`);
    try {
      const found = await call(`/api/counselors/history?${query}&page=${wanted}`);
      if (mine !== asked) return;
      page = wanted;
      if (page === 1) list.replaceChildren();
      list.append(...found.results.map((/** @type {Desk.Past} */ one) => resultRow(one, read)));
      more.hidden = found.next === null;
      count.textContent = interpolate(ngettext("%(count)s conversation", "%(count)s conversations", found.count), found);
    } catch (error) {
      if (mine !== asked || error.code === "login_ended") return;
      const { title, detail } = messageOf(error);
      count.textContent = `${title}. ${detail}`;
    }
  }

  /**
   * @param {Desk.Past} session
   * @param {HTMLElement} button
   */
  function read(session, button) {
    close();
    for (const one of list.querySelectorAll("[aria-current]")) one.removeAttribute("aria-current");
    button.setAttribute("aria-current", "true");
    const opened = openTalk(session, { id: settings.user.id, role: "supervisor" }, { watch: true });
    const log = h("div", {});
    const heading = h("h3", { tabindex: "-1" }, session.customer.name);
    reader.replaceChildren(
      h("header.desk-reader-head", {}, heading, h("p.quiet", {}, [session.category.name, session.subject, session.wrap_up, session.note].filter(Boolean).join(" · ")), h("button.button.small", { type: "button", onclick: () => { close(); button.focus(); } }, gettext("Close"))),
      log,
    );
    reader.hidden = false;
    const transcript = new Transcript(log, { ...opened, label: interpolate(gettext("What was said with %(name)s"), session.customer) });
    heading.focus();
    close = () => {
      transcript.destroy();
      opened.close();
      reader.hidden = true;
      button.removeAttribute("aria-current");
      close = () => {};
    };
  }

  return { show: () => page === 0 && void load(1), hide: () => close() };
}

/**
 * @param {Desk.Past} session
 * @param {(session: Desk.Past, button: HTMLElement) => void} onRead
 */
function resultRow(session, onRead) {
  const outcome = session.wrap_up || (session.end_reason ? reasonText(session.end_reason, { role: "counselor" }) : sessionStatus(session.status));
  const about = [session.category.name, session.subject].filter(Boolean).join(" · ");
  const facts = [
    session.counselor?.name,
    session.message_count !== null && interpolate(ngettext("%(count)s message", "%(count)s messages", session.message_count), { count: session.message_count }),
    session.rating && interpolate(gettext("rated %(rating)s of 5"), session),
  ].filter(Boolean);
  const button = h(
    "button.desk-result",
    { type: "button", onclick: () => onRead(session, button) },
    h("span.desk-item-top", {}, h("strong", {}, session.customer.name), h("span.quiet.digits", {}, formatTime(session.requested_at, "short"))),
    h("span", {}, about),
    session.found && h("span.desk-result-found", {}, `“${session.found}”`),
    h("span.quiet", {}, [outcome, ...facts].join(" · ")),
  );
  return h("li", {}, button);
}

/** @param {string} status */
function sessionStatus(status) {
  /** @type {Record<string, string>} */
  const names = {
    WAITING: gettext("Waiting"),
    OFFERED: gettext("Offered"),
    IN_PROGRESS: gettext("Going on"),
    ENDED: gettext("Ended"),
    ABANDONED: gettext("Abandoned"),
  };
  return names[status] ?? status;
}
