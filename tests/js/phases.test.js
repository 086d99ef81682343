// The button of a performance and the countdown beside it, second by second.
import assert from "node:assert/strict";
import { test } from "node:test";
import { left, nextChange, phaseAt } from "../../static/concerts/phases.js";

const times = { lineOpens: 1_000_000, opens: 2_000_000, closes: 3_000_000 };

test("a performance is to come, lined up for, open and closed, each from its very moment", () => {
  const moments = [999_999, 1_000_000, 1_999_999, 2_000_000, 2_999_999, 3_000_000];
  assert.deepEqual(moments.map((now) => phaseAt(times, now)), ["upcoming", "line", "line", "open", "open", "closed"]);
});

test("without a line a performance opens at once", () => {
  const direct = { ...times, lineOpens: times.opens };
  assert.deepEqual([1_999_999, 2_000_000].map((now) => phaseAt(direct, now)), ["upcoming", "open"]);
});

test("the next change is the first moment to come, or never", () => {
  assert.deepEqual([0, 1_000_000, 2_500_000, 3_000_000].map((now) => nextChange(times, now)), [1_000_000, 2_000_000, 3_000_000, Infinity]);
});

test("a countdown reads zero only when the moment has come", () => {
  assert.deepEqual(left(1), { days: 0, hours: 0, minutes: 0, seconds: 1 });
  assert.deepEqual(left(0), { days: 0, hours: 0, minutes: 0, seconds: 0 });
  assert.deepEqual(left(-5_000), { days: 0, hours: 0, minutes: 0, seconds: 0 });
  assert.deepEqual(left(86_400_000 + 3_600_000 + 61_000), { days: 1, hours: 1, minutes: 1, seconds: 1 });
});
