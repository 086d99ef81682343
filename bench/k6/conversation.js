/**
 * Conversations by STOMP over a WebSocket: a customer asks, is matched with a counselor, they talk, the customer ends
 * and rates. Both sides hear the same log, without a gap and in order.
 *
 *     k6 run -e BASE=… -e TOKENS=$PWD/tokens.jsonl -e DESK=$PWD/desk.jsonl [-e CATEGORY=1] [-e PAIRS=20] conversation.js
 *
 * DESK has counselors who know the category (`manage.py issue_tokens --role counselor`, and skills given in the admin).
 */
import exec from "k6/execution";
import { CORRECT, COUNSELORS, STATISTICS, inTime, miss, person, play, setting } from "./lib/site.js";
import { category, converse } from "./lib/talking.js";

export { handleSummary } from "./lib/summary.js";

const PAIRS = setting("PAIRS", 20);

export const options = {
  scenarios: { pairs: { executor: "per-vu-iterations", vus: PAIRS, iterations: 1, maxDuration: "5m" } },
  thresholds: {
    ...CORRECT,
    stomp_refused: ["count==0"],
    conversations: [`count==${PAIRS}`],
    messages_broken: ["count==0"],
    ...inTime({
      matched: ["p(95)<10000"],
      answered: ["p(95)<5000"],
    }),
  },
  summaryTrendStats: STATISTICS,
};

export async function setup() {
  return { categoryId: await category(person(0)) };
}

export default function onePair({ categoryId }) {
  return play(async () => {
    const number = exec.vu.idInTest - 1;
    if (!(await converse(person(number), person(number, COUNSELORS), categoryId))) miss("a conversation broke off");
  });
}
