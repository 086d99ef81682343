// Why a counselor's state is what it is, in words: what happened, and what comes next.
import { gettext, interpolate, language, ngettext } from "../../common/i18n.js";
import { State, STATES } from "./states.js";

/** @type {Desk.StateRow} of a state of a newer platform: nothing can be asked for from it */
const UNKNOWN = { name: () => "", text: () => "", lamp: "", isAtWork: true, moves: [] };

/**
 * What holds of a state.
 *
 * @param {string} state
 * @returns {Desk.StateRow}
 */
export function rowOf(state) {
  return STATES[state] ?? UNKNOWN;
}

/**
 * What a state is called.
 *
 * @param {string} state
 */
export function stateName(state) {
  return rowOf(state).name() || state;
}

/**
 * What a counselor can do from a state: [state to ask for]. Who is off work can also ask for what comes next.
 *
 * @param {string} state
 */
export function movesFrom(state) {
  const { moves, isAtWork } = rowOf(state);
  const next = isAtWork ? [] : moves.flatMap((first) => rowOf(first).moves).filter((one) => one !== state);
  return [...moves, ...next];
}

/**
 * The state by which the way from being off work goes to another; null where a counselor asks for it at once.
 *
 * @param {string} to
 * @param {{from: string}} where
 */
export function stepTo(to, { from }) {
  const { moves, isAtWork } = rowOf(from);
  return isAtWork || moves.includes(to) ? null : (moves.find((first) => rowOf(first).moves.includes(to)) ?? null);
}

/** The states that count in occupancy, in one phrase. */
export function onQueueNames() {
  const names = Object.values(STATES).filter((row) => row.isOnQueue).map((row) => row.name().toLocaleLowerCase(language));
  return new Intl.ListFormat(language, { type: "disjunction" }).format(names);
}

/**
 * Why the state is what it is. `counselor` as the API shows one; `waiting` how many wait, if that is known.
 *
 * @param {Desk.Counselor} counselor
 * @param {{waiting?: number | null, graceSeconds?: number}} known
 */
export function explain(counselor, { waiting = null, graceSeconds = 60 } = {}) {
  const { state, reason, load, capacity } = counselor;
  const { text, isAtWork, isOnDuty, takesConversations } = rowOf(state);
  const isFull = isOnDuty && !takesConversations;
  return join(
    takesConversations && reason === "limit" && gettext("The time to wrap up is over, so you are ready again."),
    (isFull && capacity === 1 && gettext("Your only place is taken: nobody new comes until that conversation ends.")) ||
      BY_REASON[state]?.[reason]?.(graceSeconds) ||
      interpolate(text(), { load, capacity }),
    takesConversations && waiting === 0 && gettext("Nobody is waiting."),
    isFull && !!waiting && waits(waiting),
    isAtWork && !isOnDuty && load > 0 && keeps(load),
  );
}

/** @type {Record<string, Record<string, (seconds: number) => string>>} in place of the state's own text, by its reason */
const BY_REASON = {
  [State.OFFLINE]: {
    lost: (seconds) =>
      interpolate(
        gettext("Your desk gave no sign of life for %(seconds)s seconds, so you were set offline and your conversations went to colleagues."),
        { seconds },
      ),
    counselor: () => gettext("You went offline. Nobody comes to you."),
  },
  [State.ONLINE]: {
    missed_offers: () => gettext("Two offers in a row were not taken, so you were paused. Nobody new comes until you are ready."),
    rebuilt: () => gettext("The lines were restored after a fault. Nobody new comes until you are ready."),
  },
  [State.AFTER_CALL]: {
    session_ended: () => gettext("A conversation has ended: say how it came out. Nobody new comes meanwhile."),
  },
};

/** @param {number} waiting */
function waits(waiting) {
  return interpolate(ngettext("%(waiting)s customer is waiting.", "%(waiting)s customers are waiting.", waiting), { waiting });
}

/** @param {number} load */
function keeps(load) {
  return interpolate(ngettext("%(load)s conversation goes on.", "%(load)s conversations go on.", load), { load });
}

/** @param {...(string | false | undefined)} sentences */
function join(...sentences) {
  return sentences.filter(Boolean).join(" ");
}
