/**
 * The line: join, and ask when the answer says, or as soon as the line tells everybody that one's number is served.
 *
 * Between two questions people look at what is told to all, as seldom as static/concerts/waiting-room/looks.js does.
 */
import { Counter } from "k6/metrics";
import { Stopwatch, call, pauseFor } from "./site.js";

const LONGEST_SECONDS = 600;
const SHORTEST_LOOK = 1; // seconds, as all of these
const LONGEST_LOOK = 60;
const LOOKS_PER_WAIT = 10;
const SPREAD = 0.15; // by which a crowd that joined in one moment looks at different ones
const CALLED_SPREAD = 0.5; // over which those ask whose numbers are served in one moment

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
    await pauseInLine(before, path);
    answer = await call("status", { as, path });
  }
  const isIn = answer.body.status === "ADMITTED" || answer.body.status === "OPEN";
  admitted.add(isIn ? 1 : 0);
  if (isIn) waited.note(since);
  return isIn;
}

/** Return when it is time to ask: after as long as the answer says, or when one's number is served. */
async function pauseInLine({ number, now_serving: serving, eta_seconds: eta, poll_after_seconds: poll }, path) {
  const until = Date.now() + poll * 1000;
  let [worthWhile, wait] = [SHORTEST_LOOK, eta === null ? Infinity : eta];
  for (;;) {
    const left = Math.max(0, until - Date.now()) / 1000;
    const pause = Math.min(LONGEST_LOOK, Math.max(worthWhile, wait / LOOKS_PER_WAIT)) * (1 + SPREAD * Math.random());
    if (pause >= left || number <= serving) return pauseFor(left); // who is called hears nothing more from a look
    await pauseFor(pause);
    const { status, body } = await call("now", { path });
    if (status !== 200) {
      worthWhile = Math.min(LONGEST_LOOK, 2 * worthWhile);
    } else if (number <= body.now_serving) {
      return pauseFor(CALLED_SPREAD * Math.random());
    } else {
      [worthWhile, wait] = [body.next_look_seconds, (number - body.now_serving) / body.moved_per_second];
    }
  }
}

function isSamePlace(before, now) {
  return now.number === before.number && (before.position === null || now.position <= before.position);
}

/** Give the place inside to the next. */
export async function leave(as, performanceId) {
  await call("leave", { as, path: { performance_id: performanceId }, expect: [204] });
}
