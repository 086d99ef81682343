/** The server's clock in a browser whose own is wrong, and durations in words. */

import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.document = { documentElement: { dataset: { serverTime: String(performance.timeOrigin + 3_600_000) }, lang: "en" } };
const { duration, serverNow, spokenDuration, synchronise } = await import("../../static/common/clock.js");

test("a duration has as many parts as it needs", () => {
  assert.equal(duration(0), "0:00");
  assert.equal(duration(-5000), "0:00");
  assert.equal(duration(581_000), "9:41");
  assert.equal(duration(3_600_000 + 9 * 60_000 + 41_000), "1:09:41");
  assert.equal(duration(2 * 86_400_000 + 61_000), "2 days 0:01:01");
});

test("a begun second counts until it is over", () => {
  assert.equal(duration(1), "0:01");
  assert.equal(duration(1000), "0:01");
  assert.equal(duration(1001), "0:02");
});

test("a screen reader hears minutes and seconds", () => {
  assert.equal(spokenDuration(60_000), "1 minute");
  assert.equal(spokenDuration(121_000), "2 minutes 1 second");
  assert.equal(spokenDuration(0), "0 seconds");
});

test("the page's stamp has to do until the clock was asked", () => {
  assert.ok(Math.abs(serverNow() - Date.now() - 3_600_000) < 60_000);
});

test("of some samples the quickest decides", async () => {
  const delays = [80, 5, 40];
  let now = 1000;
  performance.now = () => now;
  globalThis.fetch = async () => {
    const delay = delays.shift();
    const answered = now + delay / 10; // an unfair way: the answer takes nine times as long as the question
    now += delay;
    return { json: async () => ({ now_ms: performance.timeOrigin + answered + 7_200_000 }) };
  };
  await synchronise();
  assert.equal(Math.round(serverNow() - performance.timeOrigin - now - 7_200_000), -2);
});
