/** A door that closes on those in line: perhaps the show is called off. Then the page is loaded again, and says why. */
import { call } from "../../common/api.js";

const SHORTEST_MS = 2_000;
const LONGEST_MS = 120_000;
const MS_A_PERSON = 10; // a crowd that hears of it at once asks in the order of its places, a hundred a second

/** Whoever has seen it once knows: the door is closed for good, or by staff for a while. */
let isSeen = false;

/**
 * See whether the show is called off, in one's own time.
 *
 * @param {number} performanceId
 * @param {number} ahead  people before this one
 */
export function seeWhy(performanceId, ahead) {
  if (isSeen) return;
  isSeen = true;
  const within = Math.min(Math.max(SHORTEST_MS, ahead * MS_A_PERSON), LONGEST_MS);
  setTimeout(() => void look(performanceId), within * (0.5 + Math.random() / 2));
}

/** @param {number} performanceId */
async function look(performanceId) {
  const show = await call(`/api/performances/${performanceId}`, { anonymous: true }).catch(() => null);
  if (show?.status === "CANCELLED") location.reload();
  else isSeen = false; // the next time it closes it may be
}
