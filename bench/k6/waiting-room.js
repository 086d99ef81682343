/**
 * From the waiting room to the ticket: everybody joins at once, waits as told, and buys when it is their turn.
 *
 *     k6 run -e BASE=… -e SANDBOX=… -e TOKENS=$PWD/tokens.jsonl -e PERFORMANCE=2 [-e PEOPLE=100] waiting-room.js
 *
 * The performance needs as many free seats as people. Nobody's number changes, nobody's position grows, all are let in.
 */
import exec from "k6/execution";
import { finish, holdSome } from "./lib/buying.js";
import { leave, waitInLine } from "./lib/line.js";
import { CORRECT, STATISTICS, Stopwatch, canPay, inTime, miss, person, play, setting } from "./lib/site.js";

export { handleSummary } from "./lib/summary.js";

const PEOPLE = setting("PEOPLE", 100);
const PERFORMANCE = setting("PERFORMANCE");
const bought = new Stopwatch("bought"); // from the turn to the ticket

export const options = {
  scenarios: { people: { executor: "per-vu-iterations", vus: PEOPLE, iterations: 1, maxDuration: "15m" } },
  thresholds: {
    ...CORRECT,
    places_broken: ["count==0"],
    admitted: [`count==${PEOPLE}`],
    [canPay ? "tickets" : "given_back"]: [`count==${PEOPLE}`],
    ...inTime({
      "http_req_duration{name:join}": ["p(95)<5000"],
      "http_req_duration{name:status}": ["p(95)<2000"],
      bought: ["p(95)<10000"],
    }),
  },
  summaryTrendStats: STATISTICS,
};

export default function onePerson() {
  return play(async () => {
    const as = person(exec.vu.idInTest - 1);
    if (!(await waitInLine(as, PERFORMANCE))) return miss("the turn did not come");
    const since = Date.now();
    const order = await holdSome(as, PERFORMANCE);
    if (order && (await finish(as, order))) {
      bought.note(since);
      if (!canPay) await leave(as, PERFORMANCE);
      return undefined;
    }
    await leave(as, PERFORMANCE);
    return miss("let in, but no ticket");
  });
}
