/**
 * Charts of the admin's pages, drawn by the Chart.js that unfold loads, in the page's colours, light or dark.
 *
 *     const chart = lineChart(canvas, {
 *       labels: ["10:00", "10:01"],
 *       series: [{ label: gettext("Waiting"), data: [3, 5], color: "--series-1" }],
 *     });
 *     chart.update({ labels, data: [[…]] });    // one list of numbers a series
 *
 * `barChart` takes the same. A series may name `axis: "right"` for a scale of its own, and `isDashed`; `isStacked`
 * stacks bars. A canvas says nothing to a screen reader: put the same figures beside it as text or a table.
 */

/**
 * @typedef {object} Series
 * @property {string} label
 * @property {(number | null)[]} data
 * @property {string} [color]  a property of the page's style
 * @property {string} [axis]
 * @property {boolean} [isDashed]
 *
 * @typedef {object} Options
 * @property {string[]} labels
 * @property {Series[]} series
 * @property {boolean} [isStacked]
 * @property {(value: any) => any} [format]
 *
 * @typedef {{chart: any, canvas: HTMLCanvasElement, series: Series[]}} Drawn
 */

/** @type {Set<Drawn>} */
const charts = new Set();

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Options} options
 */
export function lineChart(canvas, options) {
  return draw(canvas, "line", options);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Options} options
 */
export function barChart(canvas, options) {
  return draw(canvas, "bar", options);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {"line" | "bar"} type
 * @param {Options} options
 */
function draw(canvas, type, { labels, series, isStacked = false, format = plain }) {
  const chart = new Chart(canvas, {
    type,
    data: { labels, datasets: series.map((one) => dataset(one, type)) },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      scales: scales(series, { isStacked, format }),
      plugins: {
        legend: { display: series.length > 1, position: "bottom", labels: { boxWidth: 14, boxHeight: 3 } },
        tooltip: { callbacks: { label: (/** @type {any} */ item) => `${item.dataset.label}: ${format(item.parsed.y)}` } },
      },
    },
  });
  const drawn = { chart, canvas, series };
  charts.add(drawn);
  paint(drawn);
  return {
    /** @param {{labels: string[], data: (number | null)[][]}} drawn */
    update({ labels: newLabels, data }) {
      chart.data.labels = newLabels;
      data.forEach((numbers, at) => { chart.data.datasets[at].data = numbers; });
      chart.update("none");
    },
    destroy() {
      charts.delete(drawn);
      chart.destroy();
    },
  };
}

/**
 * @param {Series} series
 * @param {"line" | "bar"} type
 */
function dataset({ label, data, axis, isDashed = false }, type) {
  return {
    label,
    data,
    yAxisID: axis === "right" ? "right" : "y",
    borderWidth: type === "line" ? 2 : 0,
    borderDash: isDashed ? [5, 4] : [],
    borderRadius: type === "bar" ? 3 : 0,
    pointRadius: 0,
    pointHitRadius: 10,
    tension: 0.2,
    spanGaps: true,
  };
}

/**
 * @param {Series[]} series
 * @param {{isStacked: boolean, format: (value: any) => any}} options
 */
function scales(series, { isStacked, format }) {
  const amount = { beginAtZero: true, stacked: isStacked, ticks: { precision: 0, maxTicksLimit: 6, callback: format } };
  /** @type {Record<string, object>} */
  const all = {
    x: { stacked: isStacked, ticks: { maxTicksLimit: 8, maxRotation: 0, autoSkipPadding: 16 }, grid: { display: false } },
    y: { ...amount },
  };
  if (series.some(({ axis }) => axis === "right")) {
    all.right = { ...amount, position: "right", grid: { drawOnChartArea: false } };
  }
  return all;
}

/** @param {Drawn} drawn */
function paint({ chart, canvas, series }) {
  const style = getComputedStyle(canvas);
  const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  series.forEach((one, at) => {
    const ink = colour(one.color ?? `--series-${(at % 4) + 1}`);
    chart.data.datasets[at].borderColor = ink;
    chart.data.datasets[at].backgroundColor = ink;
  });
  for (const scale of Object.values(chart.options.scales)) {
    scale.ticks.color = colour("--quiet");
    scale.grid = { ...scale.grid, color: colour("--line") };
  }
  chart.options.plugins.legend.labels.color = colour("--ink");
  chart.update(); // in mode "none" bars keep the options that they have
}

/** @param {any} value */
function plain(value) {
  return typeof value === "number" ? value.toLocaleString(document.documentElement.lang) : value;
}

new MutationObserver(() => charts.forEach(paint)).observe(document.documentElement, { attributeFilter: ["class"] });
