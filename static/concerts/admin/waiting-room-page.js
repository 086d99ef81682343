/** The waiting room's control page: figures, charts and settings that keep up with the line. */

import { lineChart } from "../../common/admin/charts.js";
import { $, $$, h } from "../../common/dom.js";
import { gettext } from "../../common/i18n.js";
import { number } from "../../common/money.js";
import { ask } from "./fetching.js";
import { byMinute, duration, joinPoints, lastMinutes } from "./line-history.js";

const POLL_MS = 2_000;
const SECONDS_KEPT = 7_200;

const page = /** @type {HTMLElement} */ (document.getElementById("waiting-room"));
const form = $("[data-settings]", page);
const state = $("[data-state]", page);
/** @type {AdminHalls.Point[]} */
let points = [];
let minutes = 15;

const canvas = (/** @type {string} */ name) => $(`[data-chart="${name}"]`, page);
const few = (/** @type {any} */ value) => (typeof value === "number" ? value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 2 }) : value);
const charts = {
  people: lineChart(canvas("people"), { labels: [], series: [
    { label: gettext("Waiting"), data: [], color: "--series-1" },
    { label: gettext("Inside"), data: [], color: "--series-2" },
  ] }),
  flow: lineChart(canvas("flow"), { labels: [], format: few, series: [
    { label: gettext("Came"), data: [], color: "--series-1" },
    { label: gettext("Let in"), data: [], color: "--series-2" },
    { label: gettext("Rate that is set"), data: [], color: "--series-4", isDashed: true },
  ] }),
  wait: lineChart(canvas("wait"), { labels: [], format: few, series: [
    { label: gettext("Waited by those let in"), data: [], color: "--series-3" },
    { label: gettext("Expected by who joins"), data: [], color: "--series-4", isDashed: true },
  ] }),
};

const clock = (/** @type {number} */ at) => new Date(at * 1000).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const inMinutes = (/** @type {number | null} */ seconds) => (seconds === null ? null : seconds / 60);

function drawCharts() {
  const drawn = lastMinutes(points, minutes);
  const labels = drawn.map(({ at }) => clock(at));
  /** @type {(read: (point: AdminHalls.Point) => number | null) => (number | null)[]} */
  const column = (read) => drawn.map(read);
  charts.people.update({ labels, data: [column(({ waiting }) => waiting), column(({ inside }) => inside)] });
  charts.flow.update({ labels, data: [column(({ inflow }) => inflow), column(({ outflow }) => outflow), column(({ rate }) => rate)] });
  charts.wait.update({ labels, data: [column(({ waited }) => inMinutes(waited)), column(({ expected }) => inMinutes(expected))] });
  $("[data-rows]", page).replaceChildren(...byMinute(points).map((point) =>
    h("tr", {}, h("td", {}, clock(point.at)),
      [number(point.waiting), number(point.inside), few(point.inflow), few(point.outflow), point.waited === null ? "–" : duration(point.waited)]
        .map((text) => h("td.number", {}, text)))));
}

/**
 * @param {string} name
 * @param {string} text
 */
function figure(name, text) {
  $(`[data-figure="${name}"]`, page).textContent = text;
}

/** @param {{figures: AdminHalls.LineFigures | null, settings: AdminHalls.LineSettings}} answer */
function showFigures({ figures, settings }) {
  const latest = points.at(-1);
  figure("waiting", figures ? number(figures.waiting) : "0");
  figure("called", figures ? number(figures.called) : "0");
  figure("inside", figures ? number(figures.inside) : "0");
  figure("expected", figures ? duration(figures.expected_seconds) : "–");
  figure("inflow", latest ? few(latest.inflow) : "–");
  figure("outflow", latest ? few(latest.outflow) : "–");
  figure("rate", few(settings.rate));
  figure("inside_limit", number(settings.inside_limit));
}

/**
 * Bring the form to what is in force, except where the reader is about to change it.
 *
 * @param {AdminHalls.LineSettings} settings
 */
function showSettings(settings) {
  for (const [name, value] of Object.entries(settings)) {
    const initial = form.elements[`initial-${name}`];
    const field = form.elements[name];
    if (!initial || !field || initial.value === String(value) || field.value !== initial.value) continue;
    initial.value = String(value);
    field.value = String(value);
  }
}

async function follow() {
  try {
    const answer = await ask(`${page.dataset.live}?after=${points.at(-1)?.at ?? 0}`);
    points = joinPoints(points, answer.points, SECONDS_KEPT);
    showFigures(answer);
    showSettings(answer.settings);
    if (answer.points.length) drawCharts();
    state.textContent = answer.figures ? "" : gettext("Nobody can join yet: there is no line.");
    page.dataset.at = String(answer.now);
  } catch (error) {
    state.textContent = `${gettext("The figures are old.")} ${error.message}`;
  }
  setTimeout(follow, POLL_MS);
}

for (const button of $$("[data-minutes]", page)) {
  button.addEventListener("click", () => {
    minutes = Number(button.dataset.minutes);
    for (const one of $$("[data-minutes]", page)) one.setAttribute("aria-pressed", String(one === button));
    drawCharts();
  });
}
follow();
