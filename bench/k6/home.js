/**
 * The home page and what people click from there: the programme, a concert, its performance, the server's clock.
 *
 *     k6 run -e BASE=… [-e RATE=10] [-e SECONDS=15] home.js
 *
 * RATE visitors a second come, each without an account, whether or not those before them have been answered.
 */
import { check } from "k6";
import { CORRECT, STATISTICS, call, inTime, miss, pauseFor, play, setting } from "./lib/site.js";

export { handleSummary } from "./lib/summary.js";

const RATE = setting("RATE", 10);
const SECONDS = setting("SECONDS", 15);

export const options = {
  scenarios: {
    visitors: {
      executor: "constant-arrival-rate",
      rate: RATE,
      timeUnit: "1s",
      duration: `${SECONDS}s`,
      preAllocatedVUs: RATE * 10,
      maxVUs: RATE * 40,
      gracefulStop: "60s",
    },
  },
  thresholds: {
    ...CORRECT,
    checks: ["rate==1"],
    ...inTime({
      dropped_iterations: ["count==0"],
      "http_req_duration{name:home}": ["p(95)<5000"],
      "http_req_duration{name:concerts}": ["p(95)<5000"],
    }),
  },
  summaryTrendStats: STATISTICS,
};

export default function oneVisitor() {
  return play(async () => {
    const home = await call("home", { headers: { Accept: "text/html" } });
    check(home, { "the home page is there": (page) => page.status === 200 });
    const list = await call("concerts", { path: { status: "on_sale", page_size: 20 } });
    const concerts = list.body.results || [];
    check(list, { "something is on sale": () => concerts.length > 0 });
    if (!concerts.length) return miss("nothing is on sale");
    await pauseFor(Math.random());
    return look(concerts[Math.floor(Math.random() * concerts.length)]);
  });
}

async function look(concert) {
  const detail = await call("concert", { path: { concert_id: concert.id } });
  check(detail, { "the concert is the one that was clicked": (answer) => answer.body.id === concert.id });
  await call("concert_page", { path: { slug: detail.body.slug }, headers: { Accept: "text/html" } });
  const [performance] = detail.body.performances || [];
  if (performance) await call("performance", { path: { performance_id: performance.id } });
  const clock = await call("clock");
  check(clock, { "the clock is told": (answer) => answer.status === 200 });
}
