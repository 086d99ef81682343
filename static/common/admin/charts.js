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

const charts = new Set();

export function lineChart(canvas, options) {
  return draw(canvas, "line", options);
}

export function barChart(canvas, options) {
  return draw(canvas, "bar", options);
}

function draw(canvas, type, { labels, series, isStacked = false, format = plain }) {
  const chart = new globalThis.Chart(canvas, {
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
        tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${format(item.parsed.y)}` } },
      },
    },
  });
  const drawn = { chart, canvas, series };
  charts.add(drawn);
  paint(drawn);
  return {
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

function scales(series, { isStacked, format }) {
  const amount = { beginAtZero: true, stacked: isStacked, ticks: { precision: 0, maxTicksLimit: 6, callback: format } };
  const all = {
    x: { stacked: isStacked, ticks: { maxTicksLimit: 8, maxRotation: 0, autoSkipPadding: 16 }, grid: { display: false } },
    y: { ...amount },
  };
  if (series.some(({ axis }) => axis === "right")) {
    all.right = { ...amount, position: "right", grid: { drawOnChartArea: false } };
  }
  return all;
}

function paint({ chart, canvas, series }) {
  const style = getComputedStyle(canvas);
  const colour = (name) => style.getPropertyValue(name).trim();
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

function plain(value) {
  return typeof value === "number" ? value.toLocaleString(document.documentElement.lang) : value;
}

new MutationObserver(() => charts.forEach(paint)).observe(document.documentElement, { attributeFilter: ["class"] });
