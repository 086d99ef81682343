/**
 * The peak: at the same time people stand in line, buy, read and talk.
 *
 *     k6 run -e BASE=… -e SANDBOX=… -e TOKENS=$PWD/tokens.jsonl -e DESK=$PWD/desk.jsonl \
 *            -e PERFORMANCE=2 [-e OPEN_PERFORMANCE=1] [-e CATEGORY=1] [-e PEOPLE=100] [-e PAIRS=10] peak.js
 *
 * PERFORMANCE is the one with the line; OPEN_PERFORMANCE, bought without one, is the same unless given. TOKENS has
 * 2 × PEOPLE + PAIRS customers or more. Each performance needs PEOPLE free seats.
 */
import exec from "k6/execution";
import { finish, holdSome } from "./lib/buying.js";
import { waitInLine } from "./lib/line.js";
import { CORRECT, COUNSELORS, STATISTICS, Stopwatch, call, canPay, inTime, miss, person, play, setting } from "./lib/site.js";
import { category, converse } from "./lib/talking.js";

export { handleSummary } from "./lib/summary.js";

const PEOPLE = setting("PEOPLE", 100);
const PAIRS = setting("PAIRS", 10);
const SECONDS = setting("SECONDS", 20);
const PERFORMANCE = setting("PERFORMANCE");
const OPEN_PERFORMANCE = setting("OPEN_PERFORMANCE", PERFORMANCE);
const A_SECOND = Math.ceil(PEOPLE / SECONDS);
const bought = new Stopwatch("bought");


const arrivals = {
  executor: "constant-arrival-rate", rate: A_SECOND, timeUnit: "1s", duration: `${SECONDS + 1}s`, gracefulStop: "120s",
};

export const options = {
  scenarios: {
    line: { executor: "per-vu-iterations", exec: "inLine", vus: PEOPLE, iterations: 1, maxDuration: "15m" },
    buyers: { ...arrivals, exec: "buyer", preAllocatedVUs: PEOPLE, maxVUs: 2 * PEOPLE },
    readers: { executor: "constant-vus", exec: "reader", vus: 10, duration: `${SECONDS}s`, gracefulStop: "60s" },
    talkers: { executor: "per-vu-iterations", exec: "talker", vus: PAIRS, iterations: 1, maxDuration: "5m" },
  },
  thresholds: {
    ...CORRECT,
    places_broken: ["count==0"],
    admitted: [`count>=${PEOPLE}`],
    [canPay ? "tickets" : "given_back"]: [`count>=${2 * PEOPLE}`],
    stomp_refused: ["count==0"],
    conversations: [`count==${PAIRS}`],
    messages_broken: ["count==0"],
    ...inTime({
      dropped_iterations: ["count==0"],
      bought: ["p(95)<10000"],
      answered: ["p(95)<5000"],
      "http_req_duration{name:status}": ["p(95)<3000"],
      "http_req_duration{name:home}": ["p(95)<5000"],
    }),
  },
  summaryTrendStats: STATISTICS,
};

export async function setup() {
  return { categoryId: await category(person(0)) };
}

export function inLine() {
  return play(async () => {
    const as = person(exec.scenario.iterationInTest);
    if (!(await waitInLine(as, PERFORMANCE))) return miss("the turn did not come");
    return buy(as, PERFORMANCE);
  });
}

export function buyer() {
  return play(async () => {
    const number = exec.scenario.iterationInTest;
    if (number >= PEOPLE) return undefined; // the last second has more arrivals than people are left
    const as = person(PEOPLE + number);
    if (OPEN_PERFORMANCE === PERFORMANCE && !(await waitInLine(as, PERFORMANCE))) return miss("the turn did not come");
    return buy(as, OPEN_PERFORMANCE);
  });
}

async function buy(as, performanceId) {
  const since = Date.now();
  const order = await holdSome(as, performanceId);
  if (!order || !(await finish(as, order))) return miss("no ticket");
  return bought.note(since);
}

export function reader() {
  return play(async () => {
    await call("home", { headers: { Accept: "text/html" } });
    const list = await call("concerts", { path: { status: "on_sale" } });
    for (const concert of (list.body.results || []).slice(0, 3)) {
      await call("concert", { path: { concert_id: concert.id } });
    }
    await call("clock");
  });
}

export function talker({ categoryId }) {
  return play(async () => {
    const number = exec.scenario.iterationInTest;
    const customer = person(2 * PEOPLE + number);
    if (!(await converse(customer, person(number, COUNSELORS), categoryId))) miss("a conversation broke off");
  });
}
