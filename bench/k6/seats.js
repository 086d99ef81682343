/**
 * The seats: people look at the map, look again for what has changed, and one look in ten holds two seats and gives
 * them back, so that the map is never still.
 *
 *     k6 run -e BASE=… -e TOKENS=$PWD/tokens.jsonl -e PERFORMANCE=1 [-e PEOPLE=50] [-e SECONDS=15] seats.js
 *
 * The performance has to let people in without a line. No one is told of seats that the others do not see: what one
 * holds is MINE on the own map and HELD, never AVAILABLE, on the next person's.
 */
import exec from "k6/execution";
import { Counter } from "k6/metrics";
import { hold } from "./lib/buying.js";
import { CORRECT, STATISTICS, call, header, inTime, miss, pauseFor, person, play, setting } from "./lib/site.js";

export { handleSummary } from "./lib/summary.js";

const PEOPLE = Math.max(2, setting("PEOPLE", 50)); // one looks, another holds
const SECONDS = setting("SECONDS", 15);
const PERFORMANCE = setting("PERFORMANCE");
const path = { performance_id: PERFORMANCE };
const maps = new Counter("maps");
const unchanged = new Counter("maps_unchanged");
const held = new Counter("held");
const mapsWrong = new Counter("maps_wrong"); // a map that shows a seat otherwise than it is

export const options = {
  scenarios: { people: { executor: "constant-vus", vus: PEOPLE, duration: `${SECONDS}s`, gracefulStop: "60s" } },
  thresholds: {
    ...CORRECT,
    maps: ["count>0"],
    held: ["count>0"],
    maps_wrong: ["count==0"],
    ...inTime({
      "http_req_duration{name:seats}": ["p(95)<2000"],
      "http_req_duration{name:reserve}": ["p(95)<3000"],
    }),
  },
  summaryTrendStats: STATISTICS,
};

const ASK = { "Accept-Encoding": "gzip" };

export default function onePerson() {
  return play(async () => {
    const as = person(exec.vu.idInTest - 1);
    const seen = await call("seats", { as, path, headers: ASK });
    if (!seen.body.sections) return miss("no map");
    maps.add(1);
    const etag = header(seen.headers, "ETag");
    const again = await call("seats", { as, path, headers: { ...ASK, "If-None-Match": etag }, expect: [200, 304] });
    unchanged.add(again.status === 304 ? 1 : 0);
    const since = { ...path, since: seen.body.version };
    const news = await call("seats", { as, path: since, headers: ASK });
    if (news.body.version < seen.body.version) mapsWrong.add(1);
    if (exec.vu.iterationInInstance % 10 === exec.vu.idInTest % 10) await holdAndGiveBack(as, seen.body.sections);
    return pauseFor(0.2);
  });
}

async function holdAndGiveBack(as, sections) {
  const free = sections.flatMap((section) => section.seats.filter((seat) => seat.status === "AVAILABLE"));
  if (free.length < 2) return;
  const first = Math.floor(Math.random() * (free.length - 1));
  const seatIds = [free[first].id, free[first + 1].id];
  const order = await hold(as, PERFORMANCE, seatIds);
  if (!order) return;
  held.add(1);
  await look(as, seatIds, "MINE");
  await look(person(exec.vu.idInTest % PEOPLE), seatIds, "HELD");
  await call("cancel", { as, path: { order_id: order.id } });
}

/** Ask for the whole map, and see that these seats are shown as they are. */
async function look(as, seatIds, status) {
  const map = await call("seats", { as, path, headers: ASK });
  const shown = (map.body.sections || []).flatMap((section) => section.seats).filter((one) => seatIds.includes(one.id));
  const isRight = shown.length === seatIds.length && shown.every((one) => one.status === status);
  mapsWrong.add(isRight ? 0 : 1);
  if (!isRight) console.warn(`seats ${seatIds} are not all ${status}: ${shown.map((one) => one.status)}`);
}
