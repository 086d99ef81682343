/** One run: setup, the scenarios at once, teardown, thresholds, summary. */
import { start } from "./executors.js";
import { registry } from "./registry.js";
import { withUser } from "./users.js";
import { judge, prepare } from "./thresholds.js";

/** Returns { files, isEveryThresholdHeld }. Throws what `setup` throws. */
export async function run(script) {
  const { scenarios, thresholds = {}, summaryTrendStats } = script.options;
  if (!scenarios) throw new Error("the player knows scripts with options.scenarios only");
  prepare(thresholds, registry);
  const since = performance.now();
  const data = await inSetup(script.setup);
  const perform = (user, name = "default") => {
    const iteration = script[name];
    if (!iteration) throw new Error(`the script exports no function ${name}`);
    return withUser(user, () => iteration(data));
  };
  await Promise.all(Object.entries(scenarios).map(([name, options]) => start(name, options, perform)));
  if (script.teardown) await inSetup(() => script.teardown(data));
  const verdicts = judge(thresholds, registry);
  const report = {
    metrics: registry.summary(verdicts, summaryTrendStats),
    state: { testRunDurationMs: performance.now() - since, isStdOutTTY: process.stdout.isTTY === true },
    options: { summaryTrendStats },
  };
  const files = script.handleSummary ? script.handleSummary(report) : { stdout: `${JSON.stringify(report)}\n` };
  const all = Object.values(verdicts).flatMap((expressions) => Object.values(expressions));
  return { files, isEveryThresholdHeld: all.every(({ ok }) => ok) };
}

/** As k6 does, hand on what JSON can carry. */
async function inSetup(work) {
  if (!work) return undefined;
  const data = await withUser({ idInTest: 0, iterationInInstance: 0, iterationInTest: 0, scenario: "setup" }, work);
  return data === undefined ? undefined : JSON.parse(JSON.stringify(data));
}
