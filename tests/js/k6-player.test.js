// The player of bench/k6 counts and judges as k6's documentation says.
import assert from "node:assert/strict";
import { test } from "node:test";
import { milliseconds, start } from "../../bench/k6/player/executors.js";
import { percentile } from "../../bench/k6/player/percentiles.js";
import { registry } from "../../bench/k6/player/registry.js";
import { judge, parse, prepare } from "../../bench/k6/player/thresholds.js";

function held(name, expression) {
  return judge({ [name]: [expression] }, registry)[name][expression].ok;
}

test("a percentile lies between two values by their distance", () => {
  assert.equal(percentile([10], 95), 10);
  assert.equal(percentile([0, 100], 50), 50);
  assert.equal(percentile([1, 2, 3, 4, 5], 90), 4.6);
  assert.equal(percentile([], 50), 0);
});

test("durations are read as k6 writes them", () => {
  assert.equal(milliseconds("1m30s"), 90_000);
  assert.equal(milliseconds("500ms"), 500);
  assert.throws(() => milliseconds("soon"));
});

test("a counter's threshold is about the sum, also where nothing was counted", () => {
  registry.metric("winners", "counter");
  assert.equal(held("winners", "count==0"), true);
  registry.add("winners", 1);
  registry.add("winners", 0);
  assert.equal(held("winners", "count==1"), true);
  assert.equal(held("winners", "count>1"), false);
});

test("a trend's threshold is about its values, a rate's about the share that is true", () => {
  registry.metric("took", "trend");
  [30, 10, 20].forEach((value) => registry.add("took", value));
  assert.equal(held("took", "med==20"), true);
  assert.equal(held("took", "p(95)<29"), false);
  assert.equal(held("took", "max<=30"), true);
  registry.metric("right", "rate");
  [1, 1, 0, 1].forEach((value) => registry.add("right", value));
  assert.equal(held("right", "rate==0.75"), true);
});

test("a threshold with tags is about the samples that have them", () => {
  registry.metric("calls", "trend");
  prepare({ "calls{name:join}": ["max<5"] }, registry);
  registry.add("calls", 50, { name: "other" });
  registry.add("calls", 1, { name: "join" });
  assert.equal(held("calls{name:join}", "max<5"), true);
  registry.add("calls", 9, { name: "join" });
  assert.equal(held("calls{name:join}", "max<5"), false);
});

test("a threshold that cannot be read, or is about nothing, is a mistake and not a pass", () => {
  assert.throws(() => parse("count=0"));
  assert.throws(() => parse("fast"));
  assert.throws(() => prepare({ never_made: ["count==0"] }, registry));
});

test("each user plays its iterations; what one throws stops nobody", async (t) => {
  t.mock.method(console, "error", () => {});
  const played = [];
  await start("all", { executor: "per-vu-iterations", vus: 3, iterations: 2 }, async (user) => {
    played.push(user.iterationInTest);
    if (user.iterationInTest === 1) throw new Error("broken off");
  });
  assert.deepEqual(played.sort(), [0, 1, 2, 3, 4, 5]);
});

test("arrivals begin at their rate, with the users that are free", async () => {
  const options = { executor: "constant-arrival-rate", rate: 100, timeUnit: "1s", duration: "100ms", preAllocatedVUs: 1 };
  let playing = 0;
  await start("all", { ...options, preAllocatedVUs: 10 }, async () => (playing += 1));
  assert.equal(playing, 10);
  let blocked = 0;
  await start("all", { ...options, gracefulStop: "0s" }, () => new Promise(() => (blocked += 1)));
  assert.equal(blocked, 1);
  assert.equal(held("dropped_iterations", "count==9"), true);
});

test("an executor that the player has not is refused", async () => {
  await assert.rejects(start("all", { executor: "ramping-vus" }, () => {}), /no executor ramping-vus/);
});
