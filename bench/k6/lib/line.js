/** The line: join, and ask as often as the answer says, until one's turn. */
import { Counter } from "k6/metrics";
import { Stopwatch, call, pauseFor } from "./site.js";

const LONGEST_SECONDS = 600;

export const placesBroken = new Counter("places_broken"); // a number that changed, or a position that grew
export const admitted = new Counter("admitted");
export const waited = new Stopwatch("waited");

/** Wait for one's turn. Returns whether the person may go to the seats. */
export async function waitInLine(as, performanceId) {
  const path = { performance_id: performanceId };
  const since = Date.now();
  let answer = await call("join", { as, path, body: {} });
  let before = null;
  while (answer.body.status === "WAITING" || answer.body.status === "PAUSED") {
    placesBroken.add(before && !isSamePlace(before, answer.body) ? 1 : 0);
    before = answer.body;
    if (Date.now() - since > LONGEST_SECONDS * 1000) return false;
    await pauseFor(before.poll_after_seconds);
    answer = await call("status", { as, path });
  }
  const isIn = answer.body.status === "ADMITTED" || answer.body.status === "OPEN";
  admitted.add(isIn ? 1 : 0);
  if (isIn) waited.note(since);
  return isIn;
}

function isSamePlace(before, now) {
  return now.number === before.number && (before.position === null || now.position <= before.position);
}

/** Give the place inside to the next. */
export async function leave(as, performanceId) {
  await call("leave", { as, path: { performance_id: performanceId }, expect: [204] });
}
