// The figures of my day, each with what it means; for supervisors those of everybody, too. docs/kpis.md has them all.
import { call } from "../../common/api.js";
import { duration, serverNow } from "../../common/clock.js";
import { $$, h } from "../../common/dom.js";
import { gettext, interpolate, language } from "../../common/i18n.js";
import { number } from "../../common/money.js";
import { messageOf } from "../../common/problems.js";
import { settings } from "./context.js";
import { onQueueNames } from "./explain.js";

const DAY_MS = 86_400_000;
const AGAIN_MS = 15_000;

const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
const decimal = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });
const seconds = (/** @type {number} */ value) => duration(value * 1000);

/** @type {Desk.Figure[]} of a counselor */
const FIGURES = [
  ["handled", () => gettext("Handled"), number, () => gettext("Conversations of yours that ended on the day. One that you transferred counts for you and for whoever had it next.")],
  ["aht_seconds", () => gettext("Average handling time"), seconds, () => gettext("(talk + wrap-up) ÷ handled. A conversation counts whole on the day it ends.")],
  ["acw_seconds", () => gettext("Average wrap-up"), seconds, () => gettext("Time spent wrapping up ÷ handled, until you or the limit ends it.")],
  ["asa_seconds", () => gettext("Average wait before you answered"), seconds, () => gettext("From the request to the beginning with you, of conversations you were the first to answer.")],
  ["first_response_p50_seconds", () => gettext("First reply, half of them within"), seconds, () => gettext("From the request to your first message: half of the customers waited no longer.")],
  ["first_response_p90_seconds", () => gettext("First reply, nine of ten within"), seconds, () => gettext("From the request to your first message: nine of ten customers waited no longer.")],
  ["occupancy", () => gettext("Occupancy"), percent.format, () => interpolate(gettext("(talking or wrapping up) ÷ (%(states)s). Several conversations at once count once."), { states: onQueueNames() })],
  ["utilisation", () => gettext("Utilisation"), percent.format, () => interpolate(gettext("(%(states)s) ÷ all time that you were logged in and not offline."), { states: onQueueNames() })],
  ["concurrency", () => gettext("Concurrency"), decimal.format, () => gettext("Sum of all conversation time ÷ time in at least one. 1 means one at a time.")],
  ["response_rate", () => gettext("Response rate"), percent.format, () => gettext("Handled conversations in which you wrote something ÷ handled.")],
  ["csat_share", () => gettext("Satisfied customers"), percent.format, () => gettext("Ratings of 4 and 5 ÷ all ratings that came on the day.")],
  ["csat_average", () => gettext("Average rating"), decimal.format, () => gettext("Points ÷ ratings that came on the day, of 5.")],
  ["transfers_out", () => gettext("Transferred to others"), number, () => gettext("Conversations that left you by a transfer. A take-over by a supervisor is none.")],
  ["lost", () => gettext("Lost conversations"), number, () => gettext("Conversations that went to colleagues because your connection was gone for too long.")],
];
/** @type {Desk.Figure[]} */
const CENTRE = [
  ["answered", () => gettext("Answered conversations"), number],
  ["service_level", () => gettext("Service level"), percent.format],
  ["abandonment_rate", () => gettext("Gave up waiting"), percent.format],
  ["asa_seconds", () => gettext("Average wait"), seconds],
  ["aht_seconds", () => gettext("Average handling time"), seconds],
  ["csat_share", () => gettext("Satisfied"), percent.format],
  ["fcr_proxy", () => gettext("Did not come back in 7 days"), percent.format],
];

/**
 * @param {HTMLElement} element
 * @returns {Desk.Part}
 */
export function dayPart(element) {
  const from = dateInput("desk-day-from");
  const to = dateInput("desk-day-to");
  const body = h("div.desk-day", { "aria-live": "off" });
  element.append(
    h("h2", {}, gettext("My day")),
    h(
      "form.desk-filters",
      { onsubmit: (event) => { event.preventDefault(); void load(); } },
      h("div.field", {}, h("label", { for: from.id }, gettext("First day")), from),
      h("div.field", {}, h("label", { for: to.id }, gettext("Last day")), to),
      h("button.button", {}, gettext("Show")),
    ),
    body,
    h("p.quiet", {}, gettext("What is under way counts once it has ended. Figures follow within some seconds.")),
  );
  let timer = 0;

  async function load() {
    window.clearTimeout(timer);
    try {
      const figures = await call(`/api/counselors/kpis?${new URLSearchParams({ from: from.value, to: to.value })}`);
      render(body, figures);
    } catch (error) {
      if (error.code === "login_ended") return;
      const { title, detail } = messageOf(error);
      if (!body.childElementCount || error.code === "validation_error") body.replaceChildren(h("p.notice.warning", { role: "alert" }, `${title}. ${detail}`));
    }
    if (!element.hidden) timer = window.setTimeout(load, AGAIN_MS);
  }
  return { show: load, hide: () => window.clearTimeout(timer) };
}

/**
 * @param {HTMLElement} body
 * @param {{counselors: Desk.CounselorDay[], categories: Desk.CategoryDay[]}} figures
 */
function render(body, { counselors, categories }) {
  const open = new Set($$("details[open]", body).map((one) => one.dataset.key));
  const mine = counselors.find((one) => one.counselor_id === settings.user.id) ?? /** @type {Desk.Figures} */ ({});
  const names = new Map(settings.categories.map((one) => [one.id, one.name]));
  body.replaceChildren(
    settings.is_counselor ? h("div.desk-figures", {}, FIGURES.map(([field, name, write, means]) => figureCard(field, name(), shown(mine[field], write), means?.() ?? "", open))) : "",
    settings.supervises ? table(gettext("Counselors"), FIGURES.slice(0, 11).filter(([field]) => !field.startsWith("first")), counselors, (one) => String(one.name)) : "",
    settings.supervises ? table(gettext("Categories"), CENTRE, categories, (one) => (one.category_id === null ? gettext("The whole centre") : (names.get(one.category_id) ?? `#${one.category_id}`))) : "",
  );
}

/**
 * @param {string | number | null | undefined} value
 * @param {(value: number) => string} write
 */
const shown = (value, write) => (value === null || value === undefined ? "–" : write(Number(value)));

/**
 * @param {string} key
 * @param {string} name
 * @param {string} value
 * @param {string} means
 * @param {Set<string>} open
 */
function figureCard(key, name, value, means, open) {
  return h("details.desk-figure", { dataset: { key }, open: open.has(key) }, h("summary", {}, h("span.desk-figure-name", {}, name), h("b.desk-figure-value.digits", {}, value)), h("p.quiet", {}, means));
}

/**
 * @template {Desk.Figures} Row
 * @param {string} caption
 * @param {Desk.Figure[]} figures
 * @param {Row[]} rows
 * @param {(row: Row) => string} nameOf
 */
function table(caption, figures, rows, nameOf) {
  return h(
    "div.scroll-x",
    { tabindex: "0", role: "region", "aria-label": caption },
    h(
      "table.desk-table",
      {},
      h("caption", {}, caption),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, gettext("Name")), figures.map(([, name]) => h("th.number", { scope: "col" }, name())))),
      h("tbody", {}, rows.length ? rows.map((row) => h("tr", {}, h("th", { scope: "row" }, nameOf(row)), figures.map(([field, , write]) => h("td.number", {}, shown(row[field], write))))) : h("tr", {}, h("td", { colspan: String(figures.length + 1) }, gettext("No figures on these days.")))),
    ),
  );
}

/** @param {string} id */
function dateInput(id) {
  const today = siteDay(serverNow());
  return h("input", { id, type: "date", value: today, max: today, min: siteDay(serverNow() - 366 * DAY_MS) });
}

/**
 * The operator's day, as the figures count them: "2026-11-25".
 *
 * @param {number} ms
 */
export function siteDay(ms) {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: document.documentElement.dataset.zone }).format(new Date(ms));
}

/** @param {number} days */
export const daysAgo = (days) => siteDay(serverNow() - days * DAY_MS);
