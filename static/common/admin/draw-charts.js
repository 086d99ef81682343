/**
 * Draws every `<canvas data-chart="name">` from the page's `<script type="application/json" id="charts">`:
 *
 *     {"name": {"type": "bar", "labels": […], "series": [{"label": …, "data": […]}], "isStacked": true, "unit": "share"}}
 *
 * `unit` says how a value is written: share (0.25 is 25 %), seconds, or a number as it is.
 *
 * @import { Series } from "./charts.js"
 */
import { $$ } from "../dom.js";
import { barChart, lineChart } from "./charts.js";

const language = document.documentElement.lang;
const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
const seconds = new Intl.NumberFormat(language, { style: "unit", unit: "second", maximumFractionDigits: 0 });

/** @type {Record<string, (value: number) => string>} */
const units = {
  share: (value) => percent.format(value / 100), // drawn as 0 to 100, so that an axis has whole steps
  seconds: (value) => seconds.format(value),
};

/**
 * @param {Series[]} series
 * @param {string} unit
 */
function drawn(series, unit) {
  if (unit !== "share") return series;
  const times100 = (/** @type {number | null} */ value) => (value === null ? null : value * 100);
  return series.map((one) => ({ ...one, data: one.data.map(times100) }));
}

const charts = JSON.parse(document.getElementById("charts")?.textContent ?? "{}");
for (const canvas of $$("canvas[data-chart]")) {
  const { type, unit, series, ...options } = charts[canvas.dataset.chart];
  const write = units[unit] ?? ((/** @type {number} */ value) => number.format(value));
  const format = (/** @type {any} */ value) => (typeof value === "number" ? write(value) : value);
  (type === "line" ? lineChart : barChart)(canvas, { ...options, series: drawn(series, unit), format });
}
