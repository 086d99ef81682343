/** The end of a run: a short table for a person, and with -e SUMMARY=file the whole of it as JSON for a program. */

export function handleSummary(data) {
  const files = { stdout: inWords(data) };
  if (__ENV.SUMMARY) files[__ENV.SUMMARY] = JSON.stringify(data, null, 2);
  return files;
}

function inWords(data) {
  const names = Object.keys(data.metrics).filter((name) => !name.includes("{")).sort();
  const width = Math.max(...names.map((name) => name.length));
  const lines = names.map((name) => `  ${name.padEnd(width)}  ${figures(data.metrics[name])}`);
  const failed = Object.keys(data.metrics).flatMap((name) => {
    const thresholds = data.metrics[name].thresholds || {};
    return Object.keys(thresholds).filter((one) => !thresholds[one].ok).map((one) => `  NOT HELD: ${name} ${one}`);
  });
  return `${lines.concat(failed.length ? failed : ["  every threshold holds"]).join("\n")}\n`;
}

function figures(metric) {
  const values = metric.values;
  return Object.keys(values).map((name) => `${name}=${Math.round(values[name] * 100) / 100}`).join(" ");
}
