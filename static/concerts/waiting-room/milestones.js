// When there is something to say of a wait: to a screen reader at some marks on the way, to everybody about the seats.

const PEOPLE_AHEAD = [1000, 500, 200, 100, 50, 20, 10, 5, 0];
const SAID_AT_MOST_EVERY = 15_000; // milliseconds; "you are next" is said in any case
const SEATS_EACH = 2; // what people buy, as a rule of thumb
const WORSE_AND_WORSE = ["plenty", "tight", "short", "none"];

/** "next" or "milestone" when a mark was passed since something was last said, each {at, ahead}; else null. */
export function milestoneOf(said, { at, ahead }) {
  const isPassed = PEOPLE_AHEAD.some((people) => ahead <= people && people < said.ahead);
  if (!isPassed) return null;
  if (ahead === 0) return "next";
  return at - said.at >= SAID_AT_MOST_EVERY ? "milestone" : null;
}

/** How the seats that are left compare with the people who choose before: see WORSE_AND_WORSE, or "unknown". */
export function seatsLevel(seatsLeft, ahead) {
  if (seatsLeft === null || seatsLeft === undefined) return "unknown";
  if (seatsLeft === 0) return "none";
  if (ahead + 1 > seatsLeft) return "short";
  return (ahead + 1) * SEATS_EACH > seatsLeft ? "tight" : "plenty";
}

/** The key of what to say when the seats come to another level; null where it is no news. */
export function seatsNews(before, after) {
  if (before === "none" && after !== "none") return "seats_back";
  const isWorse = WORSE_AND_WORSE.indexOf(after) > Math.max(0, WORSE_AND_WORSE.indexOf(before));
  return isWorse ? `seats_${after}` : null;
}
