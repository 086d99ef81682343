/**
 * The classic test: a hundred people press for the same seat in the same moment. One gets it; everybody is answered.
 *
 *     k6 run -e BASE=http://127.0.0.1:8000 -e SANDBOX=http://127.0.0.1:8001 -e TOKENS=$PWD/tokens.jsonl \
 *            -e PERFORMANCE=1 [-e SEAT=7] [-e PEOPLE=100] one-seat.js
 *
 * The performance has to let people in without a line. `verdict` is the time from a person's press to the seat held or
 * the word that it is gone; the greatest `settled` is when the last of them knew, from the first press.
 */
import exec from "k6/execution";
import { finish, freeSeats, hold, lost, tickets } from "./lib/buying.js";
import { CORRECT, STATISTICS, Stopwatch, canPay, inTime, miss, person, play, setting } from "./lib/site.js";

export { handleSummary } from "./lib/summary.js";

const PEOPLE = setting("PEOPLE", 100);
const PERFORMANCE = setting("PERFORMANCE");
const SLOWEST_MS = Math.max(5_000, PEOPLE * 20); // generous: two cores for the platform and its crowd
const verdict = new Stopwatch("verdict");
const settled = new Stopwatch("settled");
const winners = new Stopwatch("winner");

export const options = {
  scenarios: { people: { executor: "per-vu-iterations", vus: PEOPLE, iterations: 1, maxDuration: "5m" } },
  thresholds: {
    ...CORRECT,
    asked_to_wait: ["count==0"],
    [canPay ? "tickets" : "given_back"]: ["count==1"],
    lost: [`count==${PEOPLE - 1}`],
    ...inTime({
      verdict: [`p(95)<${SLOWEST_MS}`],
      settled: [`max<${2 * SLOWEST_MS}`],
    }),
  },
  summaryTrendStats: STATISTICS,
};

export async function setup() {
  const seatId = __ENV.SEAT ? setting("SEAT") : (await freeSeats(person(0), PERFORMANCE))[0];
  if (!seatId) throw new Error(`performance ${PERFORMANCE} has no free seat`);
  return { seatId, since: Date.now() };
}

export default function onePerson({ seatId, since }) {
  return play(async () => {
    const as = person(exec.vu.idInTest - 1);
    const pressed = Date.now();
    const order = await hold(as, PERFORMANCE, [seatId]);
    verdict.note(pressed);
    settled.note(since);
    lost.add(order === null ? 1 : 0);
    if (order === undefined) miss("neither the seat nor the word that it is gone");
    if (!order) return tickets.add(0);
    if (await finish(as, order)) return winners.note(pressed);
    return miss("the seat was held and not paid");
  });
}
