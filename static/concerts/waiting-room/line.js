// Where somebody stands in a line: from the server's answers to what is to be shown, said and asked next.
// No DOM, no network, no clock: `now` is the server's time in milliseconds, and node can test all of it.
import { Door } from "./door.js";
import { Estimate, perMinute } from "./estimate.js";
import { Looks } from "./looks.js";
import { doorNews, milestoneOf, noticeOf, seatsLevel, seatsNews } from "./news.js";

const SECOND = 1000;
const JOIN_SPREAD = 2 * SECOND; // over which those who watched the countdown arrive
const FIRST_BACKOFF = SECOND;
const LONGEST_BACKOFF = 30 * SECOND;
const CHANGE_SPREAD = 6 * SECOND; // over which a crowd asks after a change that all hear of at once,
const ASKING_PER_SECOND = 1000; // or longer, where it is so large that more would ask
const SHORTEST_PAUSE = 1.5 * SECOND; // between two questions of one person, whatever wakes them
const NEWS_KEPT = 60 * SECOND;
const LEAP = 500; // numbers that a line passes over at once only where nobody stands

/**
 * @typedef {{key: string, values: Record<string, any>}} LineEvent
 * @typedef {{place: string | null, number: number, start: number}} Memory
 *
 * @typedef {object} Standing  what the server answers to somebody who asks for their place
 * @property {string} status
 * @property {string} mode
 * @property {string | null} place  signed
 * @property {number} number
 * @property {number} ahead
 * @property {number} behind
 * @property {number} now_serving
 * @property {number} rate  people a second
 * @property {number | null} eta_seconds
 * @property {number} poll_after_seconds
 * @property {number | null} seats_left
 * @property {string | null} pass_expires_at
 *
 * @typedef {object} Shown  what the line tells everybody
 * @property {number} now_serving
 * @property {number} rate
 * @property {string} mode
 * @property {number | null} [seats_left]
 * @property {number} [moved_per_second]
 */

export class Line {
  /**
   * @param {{joinsFrom: number, opensAt: number, closesAt: number}} times  of the sale, in milliseconds
   * @param {object} options
   * @param {Memory | null} [options.remembered]  what an earlier page kept, see `memory`
   * @param {() => number} [options.random]
   */
  constructor(times, { remembered = null, random = Math.random } = {}) {
    this.#times = times;
    this.#memory = remembered;
    this.#random = random;
    this.#looks = new Looks(random);
    this.#door = new Door(random);
  }

  #times;
  /** @type {Memory | null} */
  #memory;
  #random;
  #estimate = new Estimate();
  #phase = "joining";
  /** @type {string | null} */
  #reason = null;
  /** @type {any} */
  #standing = null; // a Standing: the last answer, as moved on by what the line has told since
  #pace = 1; // people let in each second
  #askedAt = -Infinity;
  #isAsking = false; // a question is on its way
  /** @type {{what: string, at: number} | null} */
  #due = null; // the next question
  #looks; // at what the line tells everybody
  #door; // for somebody whom it has turned away
  #isStandingBy = false; // another tab asks
  #failures = 0;
  /** @type {{kind: string, retryAt: number} | null} */
  #trouble = null;
  /** @type {(LineEvent & {until: number}) | null} */
  #news = null; // what has changed a moment ago
  #said = { at: -Infinity, ahead: Infinity };
  #hasMissed = false; // the turn; told by answers only, since the line passes a number in the moment of its turn
  #seats = "unknown";
  #wasOnSale = false;

  /**
   * "early": nobody can join yet; "joining"; "waiting": with a place, whether or not the line moves; "shut": the door
   * is closed to newcomers; "open": no line is needed; "admitted"; "left"; "out": neither place nor pass; "over": the
   * sale is; "refused"; "ended": the log-in has.
   */
  get phase() {
    return this.#phase;
  }

  /** What a page keeps so that the next one comes back to the same place; null where there is none. */
  get memory() {
    return this.#memory;
  }

  /** The next question, as {what: "join", "come_back" or "look", at}; null when there is nothing to ask. */
  get due() {
    return this.#due;
  }

  /** When to see next what the line tells everybody; null while there is nothing to see. */
  get lookAt() {
    return this.#phase === "waiting" || this.#phase === "shut" ? this.#looks.at : null;
  }

  /** Whether the turn is so near that each second's news are worth a connection of one's own. */
  get isNear() {
    return this.#phase === "waiting" && this.#looks.isNear;
  }

  get passEndsAt() {
    const end = this.#standing?.pass_expires_at;
    return end ? Date.parse(end) : null;
  }

  /**
   * The page opens, or its owner wants to join again.
   *
   * @param {number} now
   * @returns {LineEvent[]}
   */
  begin(now) {
    this.#wasOnSale = now >= this.#times.opensAt;
    this.#standing = this.#reason = this.#trouble = this.#news = null;
    this.#failures = 0;
    this.#estimate = new Estimate();
    if (now >= this.#times.closesAt) return this.#stop("over");
    const isEarly = now < this.#times.joinsFrom;
    this.#phase = isEarly ? "early" : "joining";
    this.#due = { what: "join", at: isEarly ? this.#times.joinsFrom + this.#random() * JOIN_SPREAD : now };
    return [];
  }

  /**
   * A question is on its way: no other one before its answer.
   *
   * @param {number} now
   */
  asked(now) {
    this.#isAsking = true;
    this.#askedAt = now;
    this.#due = null;
  }

  /**
   * Ask at once, or look before a closed door: the person, or the network, is back.
   *
   * @param {number} now
   */
  wake(now) {
    if (this.#phase === "shut") this.#looks.soon(now);
    if (!this.#due || this.#phase === "early") return;
    this.#due.at = Math.min(this.#due.at, Math.max(now, this.#askedAt + SHORTEST_PAUSE));
  }

  /**
   * Another tab asks for all, until `at`: this one asks only if that one falls silent.
   *
   * @param {number} at
   */
  standBy(at) {
    if (!this.#due || this.#phase === "early") return;
    this.#due.at = at;
    this.#isStandingBy = true;
  }

  /**
   * Take in an answer to join or status; return what has happened.
   *
   * @param {any} answer  a Standing; one whose status is none of a line's lacks most of it
   * @param {number} now
   * @returns {LineEvent[]}
   */
  answered(answer, now) {
    const before = this.#standing;
    const happened = this.#overcome();
    this.#isAsking = false;
    this.#standing = answer;
    this.#isStandingBy = false;
    this.#due = { what: "look", at: now + answer.poll_after_seconds * SECOND };
    switch (answer.status) {
      case "ADMITTED":
        return [...happened, ...this.#become("admitted", "turn")];
      case "OPEN":
        return [...happened, ...this.#become("open", now >= this.#times.opensAt ? "open_now" : "open")];
      case "CLOSED":
        if (now >= this.#times.closesAt) return this.#stop("over");
        if (answer.number === null) return [...happened, ...this.#shut(now)];
    }
    this.#phase = "waiting";
    this.#remember(answer);
    if (answer.eta_seconds !== null) {
      const isSudden = before?.rate !== answer.rate || before?.status !== answer.status || happened.length > 0;
      this.#pace = this.#paceOf(answer, now);
      this.#estimate.update(answer.eta_seconds, now, { isSudden });
    } else if (!before) {
      this.#pace = answer.rate;
    }
    this.#looks.later(this.#distance(now), now);
    return [...happened, ...this.#compare(before, now), ...this.#compareTurn(before)];
  }

  /**
   * Take in what the live connection tells each second.
   *
   * @param {Shown} state
   * @param {number} now
   */
  heard(state, now) {
    if (this.#phase !== "waiting") return [];
    const happened = this.#moveOn(state, now);
    this.#looks.heard(this.#distance(now), now);
    return happened;
  }

  /** A look at what the line tells everybody is on its way: no other one before its end. */
  looking() {
    this.#looks.begin();
  }

  /**
   * Take in what a look has shown: the same as above, with `moved_per_second` and `next_look_seconds`. A null is no
   * trouble to tell of: the questions find out whether there is any.
   *
   * @param {(Shown & {next_look_seconds: number}) | null} shown
   * @param {number} now
   */
  saw(shown, now) {
    if (this.#phase === "shut") return this.#sawDoor(shown, now);
    if (this.#phase !== "waiting") return [];
    const happened = shown ? this.#moveOn(shown, now) : [];
    this.#looks.end(shown, this.#distance(now), now);
    return happened;
  }

  /**
   * @param {Shown} state
   * @param {number} now
   */
  #moveOn(state, now) {
    /** @type {Standing} */
    const before = this.#standing;
    const passed = Math.max(0, state.now_serving - before.now_serving);
    const isLeap = passed > LEAP && passed > before.ahead / 2;
    const hasChanged = state.mode !== before.mode;
    this.#standing = {
      ...before,
      mode: state.mode,
      status: hasChanged ? statusIn(state.mode) : before.status,
      rate: state.rate,
      ahead: isLeap ? before.ahead : Math.max(0, before.ahead - passed),
      now_serving: Math.max(before.now_serving, state.now_serving),
      seats_left: state.seats_left ?? before.seats_left,
    };
    const isSudden = state.rate !== before.rate || hasChanged;
    if (state.moved_per_second) this.#pace = state.moved_per_second;
    else if (isSudden) this.#pace *= state.rate / before.rate;
    if (isSudden || state.moved_per_second) this.#estimate.update(this.#wait(now), now, { isSudden });
    const isCalled = before.number > before.now_serving && before.number <= this.#standing.now_serving;
    if (isCalled) this.#askWithin(SECOND / 2, now);
    else if (isLeap || (hasChanged && this.#isForAnswersToTell(state.mode, now))) this.#askWithin(this.#spread(), now);
    return this.#compare(before, now);
  }

  /**
   * A question failed in a way that passes.
   *
   * @param {"lost"|"busy"} kind  no connection, or a server that asks for patience
   * @param {number} now
   * @param {{what: string, retryAfter?: number | null}} asked  `what`: the question; `retryAfter`: seconds that the
   *   server names
   * @returns {LineEvent[]}
   */
  failed(kind, now, { what, retryAfter = null }) {
    const pause = Math.min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** this.#failures);
    const wait = Math.max(pause, (retryAfter ?? 0) * SECOND) * (1 + this.#random() / 2);
    const isNew = this.#trouble?.kind !== kind;
    this.#isAsking = false;
    this.#failures += 1;
    this.#trouble = { kind, retryAt: now + wait };
    this.#due = { what, at: now + wait };
    return isNew ? [{ key: kind, values: {} }] : [];
  }

  /**
   * The server refused a question for good, by the code of its problem document.
   *
   * @param {string} code
   * @param {number} now
   * @param {{what: string}} asked
   * @returns {LineEvent[]}
   */
  refused(code, now, { what }) {
    const happened = this.#overcome();
    this.#isAsking = false;
    switch (code) {
      case "not_in_line":
        if (what === "look" && this.#phase === "waiting") {
          this.#due = { what: "come_back", at: now }; // Redis may have lost the line; the place proves its owner's
          return happened;
        }
        if (this.#phase === "open") {
          this.#due = { what: "join", at: now }; // no line was needed, and now one is
          return happened;
        }
        return this.#stop("out", { reason: this.#phase === "admitted" ? "pass_ended" : "gone" });
      case "not_on_sale":
        return now >= this.#times.closesAt ? this.#stop("over") : [...happened, ...this.#shut(now)];
      case "validation_error":
        if (what !== "join" || !this.#memory) return this.#stop("out", { reason: "gone" });
        this.#memory = null; // a place that counts no more: join without it
        this.#due = { what, at: now };
        return happened;
      default:
        return this.#stop("refused", { keep: true });
    }
  }

  /** The place was given up, here or in another tab. */
  left() {
    return this.#stop("left");
  }

  /** The log-in has ended. The place stays with the account. */
  ended() {
    return this.#stop("ended", { keep: true });
  }

  /**
   * What time alone brings about.
   *
   * @param {number} now
   * @returns {LineEvent[]}
   */
  tick(now) {
    if (this.#phase === "early" && now >= this.#times.joinsFrom) this.#phase = "joining";
    if (this.#phase === "admitted" && now >= (this.passEndsAt ?? Infinity)) this.wake(now);
    if (this.#wasOnSale || now < this.#times.opensAt) return [];
    this.#wasOnSale = true;
    if (this.#phase === "open") return [{ key: "open_now", values: {} }];
    if (this.#phase !== "waiting" || this.#standing.status !== "WAITING") return [];
    return [this.#newsOf("on_sale", {}, now)];
  }

  /**
   * Everything that is to be seen now.
   *
   * @param {number} now
   */
  view(now) {
    const isWaiting = this.#phase === "waiting";
    const current = { trouble: this.#trouble, news: this.#news, hasMissed: this.#hasMissed, seats: this.#seats };
    const view = {
      phase: this.#phase,
      reason: this.#reason,
      isOnSale: now >= this.#times.opensAt,
      passEndsAt: this.passEndsAt,
      notice: noticeOf({ ...current, standing: this.#standing, isWaiting }, now),
    };
    if (!isWaiting) return view;
    /** @type {Standing} */
    const { status, number, ahead, behind, seats_left: seatsLeft, rate } = this.#standing;
    const start = this.#memory?.start ?? 0;
    const isMoving = status === "WAITING";
    return {
      ...view,
      status,
      number,
      place: ahead + 1,
      ahead,
      behind,
      seatsLeft,
      perMinute: isMoving ? perMinute(Math.min(rate, this.#pace)) : null,
      wait: isMoving ? this.#estimate.range(now) : null,
      progress: start > 0 ? 1 - ahead / start : Number(view.isOnSale),
    };
  }

  // What follows from an answer

  /** @returns {LineEvent[]} */
  #overcome() {
    const happened = this.#trouble ? [{ key: "back", values: {} }] : [];
    this.#trouble = null;
    this.#failures = 0;
    return happened;
  }

  /**
   * @param {string} phase
   * @param {string} key
   * @returns {LineEvent[]}
   */
  #become(phase, key) {
    const isNew = this.#phase !== phase;
    this.#phase = phase;
    return isNew ? [{ key, values: {} }] : [];
  }

  /**
   * @param {string} phase
   * @param {{reason?: string | null, keep?: boolean}} options
   */
  #stop(phase, { reason = null, keep = false } = {}) {
    if (!keep) this.#memory = null;
    this.#due = this.#trouble = this.#standing = null;
    this.#reason = reason;
    return this.#become(phase, reason ?? phase);
  }

  /**
   * Nobody may join now: before the time by this clock's fault, else because staff have closed the door.
   *
   * @param {number} now
   */
  #shut(now) {
    if (now < this.#times.joinsFrom + 2 * JOIN_SPREAD) {
      this.#due = { what: "join", at: now + JOIN_SPREAD * (1 + this.#random() / 2) };
      return [];
    }
    this.#due = this.#standing = null;
    this.#door.refused(now);
    this.#looks.later(null, now);
    return this.#become("shut", "closed");
  }

  /**
   * Try the door once the line tells that it is open, or has told nothing for long.
   *
   * @param {(Shown & {next_look_seconds: number}) | null} shown
   * @param {number} now
   * @returns {LineEvent[]}
   */
  #sawDoor(shown, now) {
    const isUntold = !shown && this.#looks.isInVain;
    this.#looks.end(shown, null, now);
    if (this.#isAsking) return [];
    if (shown?.mode === "CLOSED") {
      if (now >= this.#times.closesAt) return this.#stop("over");
      this.#door.closed();
      this.#due = null;
      return this.#overcome();
    }
    if (shown || isUntold) this.#due ??= { what: "join", at: this.#door.tryAt(now) };
    return [];
  }

  /** @param {Standing} standing */
  #remember({ place, number, ahead }) {
    const known = this.#memory?.number === number ? this.#memory : null;
    this.#memory = { place: place ?? known?.place ?? null, number, start: Math.max(known?.start ?? 0, ahead) };
  }

  /**
   * @param {number} spread  milliseconds
   * @param {number} now
   */
  #askWithin(spread, now) {
    if (!this.#due || this.#isStandingBy) return;
    this.#due.at = Math.min(this.#due.at, now + this.#random() * spread);
  }

  /**
   * Whether a new mode ends the wait; of the others the mode itself says all there is to show.
   *
   * @param {string} mode
   * @param {number} now
   */
  #isForAnswersToTell(mode, now) {
    return mode === "OPEN" || (mode === "CLOSED" && now >= this.#times.closesAt);
  }

  /** Over how long those who hear something in the same moment ask: a long line as its places are, from its head on. */
  #spread() {
    return Math.max(CHANGE_SPREAD, (this.#standing.ahead / ASKING_PER_SECOND) * SECOND);
  }

  // What there is to tell

  /**
   * @param {Standing | null} before
   * @param {number} now
   * @returns {LineEvent[]}
   */
  #compare(before, now) {
    /** @type {Standing} */
    const after = this.#standing;
    const happened = [];
    if (before === null || before.number !== after.number) {
      this.#said = { at: now, ahead: after.ahead };
      this.#seats = "unknown";
      // Whoever had a number in this life of the page, and has another, came back too late for the first.
      happened.push({ key: before ? "moved_to_end" : "joined", values: { place: after.ahead + 1 } });
    } else {
      if (before.status !== after.status) happened.push(this.#newsOf(doorNews(before.status, after.status), {}, now));
      if (before.rate !== after.rate) {
        const values = { before: perMinute(before.rate), after: perMinute(after.rate) };
        happened.push(this.#newsOf(after.rate > before.rate ? "faster" : "slower", values, now));
      }
    }
    return [...happened, ...this.#compareSeats(), ...this.#passMilestone(now)];
  }

  /**
   * @param {Standing | null} before
   * @returns {LineEvent[]}
   */
  #compareTurn(before) {
    const { number, ahead, now_serving: serving, status } = this.#standing;
    const hadMissed = this.#hasMissed;
    this.#hasMissed = status === "WAITING" && number <= serving && ahead > 0; // who is called has nobody ahead
    return this.#hasMissed && !hadMissed && before ? [{ key: "missed", values: {} }] : [];
  }

  /** @returns {LineEvent[]} */
  #compareSeats() {
    const { seats_left: seats, ahead } = this.#standing;
    const level = seatsLevel(seats, ahead);
    if (level === "unknown") return [];
    const key = seatsNews(this.#seats, level);
    this.#seats = level;
    return key ? [{ key, values: { seats, ahead } }] : [];
  }

  /**
   * @param {number} now
   * @returns {LineEvent[]}
   */
  #passMilestone(now) {
    const { ahead, status } = this.#standing;
    if (status !== "WAITING" || now < this.#times.opensAt) return [];
    const key = milestoneOf(this.#said, { at: now, ahead });
    if (!key) return [];
    this.#said = { at: now, ahead };
    return [{ key, values: { ahead, wait: this.#estimate.range(now) } }];
  }

  /**
   * @param {string} key
   * @param {Record<string, any>} values
   * @param {number} now
   */
  #newsOf(key, values, now) {
    this.#news = { key, values, until: now + NEWS_KEPT };
    return { key, values };
  }

  // Figures

  /**
   * @param {Standing} standing
   * @param {number} now
   */
  #paceOf({ ahead, eta_seconds: eta, rate }, now) {
    return now >= this.#times.opensAt && eta !== null && eta > 0 ? (ahead + 1) / eta : rate;
  }

  /** @param {number} now */
  #distance(now) {
    return { ahead: this.#standing.ahead, wait: this.#wait(now) * SECOND };
  }

  /**
   * @param {number} now
   * @returns {number} seconds
   */
  #wait(now) {
    return Math.max(0, this.#times.opensAt - now) / SECOND + (this.#standing.ahead + 1) / this.#pace;
  }
}

/** @param {string} mode */
function statusIn(mode) {
  return mode === "QUEUE" ? "WAITING" : mode;
}
