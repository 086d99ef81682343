// Why a counselor's state is what it is, in words: what happened, and what comes next.
import { gettext, interpolate, ngettext } from "../../common/i18n.js";

export const STATES = ["OFFLINE", "ONLINE", "READY", "BUSY", "AFTER_CALL"];

/** What a state is called. */
export function stateName(state) {
  return (
    {
      OFFLINE: gettext("Offline"),
      ONLINE: gettext("Paused"),
      READY: gettext("Ready"),
      BUSY: gettext("Busy"),
      AFTER_CALL: gettext("Wrapping up"),
    }[state] ?? state
  );
}

/** What a counselor can do from a state: [state to ask for]. Who is BUSY is READY without a free place. */
export function movesFrom(state) {
  return (
    {
      OFFLINE: ["ONLINE", "READY"],
      ONLINE: ["READY", "OFFLINE"],
      READY: ["ONLINE", "AFTER_CALL", "OFFLINE"],
      BUSY: ["ONLINE", "AFTER_CALL", "OFFLINE"],
      AFTER_CALL: ["READY", "ONLINE", "OFFLINE"],
    }[state] ?? []
  );
}

/** Why the state is what it is. `counselor` as the API shows one; `waiting` how many wait, if that is known. */
export function explain(counselor, { waiting = null, graceSeconds = 60 } = {}) {
  const { state, load, capacity } = counselor;
  const places = { load, capacity };
  switch (state) {
    case "OFFLINE":
      return offline(counselor, graceSeconds);
    case "ONLINE":
      return join(paused(counselor), load && keeps(load));
    case "READY":
      return join(
        counselor.reason === "limit" && gettext("The time to wrap up is over, so you are ready again."),
        interpolate(gettext("%(load)s of %(capacity)s places taken: the next customer comes by itself."), places),
        waiting === 0 && gettext("Nobody is waiting."),
      );
    case "BUSY":
      return join(
        capacity === 1
          ? gettext("Your only place is taken: nobody new comes until that conversation ends.")
          : interpolate(gettext("All %(capacity)s places are taken: nobody new comes until a conversation ends."), places),
        waiting > 0 && interpolate(ngettext("%(waiting)s customer is waiting.", "%(waiting)s customers are waiting.", waiting), { waiting }),
      );
    case "AFTER_CALL":
      return join(
        counselor.reason === "session_ended"
          ? gettext("A conversation has ended: say how it came out. Nobody new comes meanwhile.")
          : gettext("You are wrapping up. Nobody new comes meanwhile."),
        load && keeps(load),
      );
    default:
      return "";
  }
}

function offline({ reason }, graceSeconds) {
  if (reason === "lost") {
    return interpolate(
      gettext("Your desk gave no sign of life for %(seconds)s seconds, so you were set offline and your conversations went to colleagues."),
      { seconds: graceSeconds },
    );
  }
  return reason === "counselor" ? gettext("You went offline. Nobody comes to you.") : gettext("You are not at work yet. Nobody comes to you.");
}

function paused({ reason }) {
  return (
    {
      missed_offers: gettext("Two offers in a row were not taken, so you were paused. Nobody new comes until you are ready."),
      rebuilt: gettext("The lines were restored after a fault. Nobody new comes until you are ready."),
    }[reason] ?? gettext("You have paused: nobody new comes to you.")
  );
}

function keeps(load) {
  return interpolate(ngettext("%(load)s conversation goes on.", "%(load)s conversations go on.", load), { load });
}

function join(...sentences) {
  return sentences.filter(Boolean).join(" ");
}
