// Forms of the panel: fields with their labels, one sending at a time, refusals where they belong.
import { $, h } from "../../common/dom.js";
import { gettext, interpolate, language } from "../../common/i18n.js";
import { messageOf } from "../../common/problems.js";

let fields = 0;

/**
 * A control with its label and help.
 *
 * @template {HTMLElement} Control
 * @param {string} label
 * @param {Control} control
 */
export function field(label, control, { help = "" } = {}) {
  const id = `help-field-${(fields += 1)}`;
  control.id = id;
  if (help) control.setAttribute("aria-describedby", `${id}-help`);
  return h("div.field", {}, h("label", { for: id }, label), control, help && h("p.help", { id: `${id}-help` }, help));
}

/**
 * Send a form once at a time; a refusal is told in it, or handled by its code. What was typed stays.
 *
 * @param {HTMLFormElement} form
 * @param {() => unknown} send
 * @param {Help.Handlers} handlers
 */
export function submitting(form, send, handlers = {}) {
  const problem = h("p.notice.error", { role: "alert", hidden: true });
  form.append(problem);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = $("button:not([type])", form);
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    problem.hidden = true;
    try {
      await send();
    } catch (error) {
      if (handlers[error.code]) {
        await handlers[error.code](error);
        return;
      }
      if (!error.code) window.reportError(error);
      const { title, detail } = messageOf(error);
      problem.replaceChildren(h("strong", {}, title), " ", detail);
      problem.hidden = false;
    } finally {
      button.removeAttribute("aria-disabled");
    }
  });
}

/**
 * When somebody is there, day by day; nothing where that is always.
 *
 * @param {Help.Category} category
 */
export function hoursOf(category) {
  if (!category.hours?.length) return null;
  const days = Array.from({ length: 7 }, (_, weekday) => ({
    name: new Intl.DateTimeFormat(language, { weekday: "short", timeZone: "UTC" }).format(Date.UTC(2024, 0, 1 + weekday)), // a Monday
    hours: category.hours.filter((one) => one.weekday === weekday).map((one) => `${one.opens_at.slice(0, 5)}–${one.closes_at.slice(0, 5)}`).sort(),
  }));
  const zone = document.documentElement.dataset.zone || "Asia/Seoul";
  return h(
    "details.help-hours",
    {},
    h("summary", {}, gettext("Opening hours")),
    h("dl.facts-list", {}, days.map(({ name, hours }) => [h("dt", {}, name), h("dd.digits", {}, hours.join(", ") || gettext("closed"))])),
    h("p.quiet", {}, interpolate(gettext("Times of %(zone)s"), { zone })),
  );
}
