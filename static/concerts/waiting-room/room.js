/**
 * The page of the waiting room: asks the server as it is told to, and hands the answers to Line, which decides.
 *
 * @import { LineEvent, Shown } from "./line.js"
 */
import { accessToken, call, ConnectionLost, LoginEnded } from "../../common/api.js";
import { serverNow, synchronise } from "../../common/clock.js";
import { ask as confirmed } from "../../common/dialog.js";
import { $, data } from "../../common/dom.js";
import { gettext } from "../../common/i18n.js";
import { announce } from "../../common/notices.js";
import { messageOf, showProblem } from "../../common/problems.js";
import { Alarm } from "./alarm.js";
import { seeWhy } from "./called-off.js";
import { alarmWish, Kept } from "./kept.js";
import { Line } from "./line.js";
import { LineTopic } from "./topic.js";
import { Tabs } from "./tabs.js";
import { View } from "./view.js";
import { lineEventText } from "./messages.js";

const ANSWER_MS = 15_000; // after which a question counts as unanswered
const SILENCE_MS = 5_000; // on top of two polls missed, after which another tab does not ask any more
const TRY_MS = 20_000; // in which another tab has tried a door that has opened, and told
const TOKEN_WITHIN_MS = 120_000; // before the line opens, so that its first second is not everybody's for tokens, too
const TOKEN_MARGIN_MS = 3_000;
const SLEPT_MS = 3_000; // by which the wall clock has run on while the page's stood still
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const TOO_MANY_REQUESTS = 429;
const SERVER_FAULT = 500;

const room = data("waiting-room");
const api = `/api/waiting-room/${room.performance}`;
const name = `waiting-room:${document.documentElement.dataset.signedIn}:${room.performance}`;

const kept = new Kept(name);
const line = new Line(room, { remembered: kept.place });
const view = new View($("#room"), room);
const alarm = new Alarm(view.alarmToggle, view.alarmHelp, alarmWish);
const topic = new LineTopic(room.performance, {
  onHeard: (state) => {
    hear(state);
    tabs.tell({ heard: state });
  },
  onLost: wakeAll,
});
const tabs = new Tabs(name, { onMessage: hearTab, onLead: wakeAll });

/** @type {Record<string, () => Promise<any>>} */
const QUESTIONS = {
  join: () => call(`${api}/join`, { method: "POST", body: line.memory?.place ? { place: line.memory.place } : {} }),
  come_back: () => call(`${api}/join`, { method: "POST", body: { place: line.memory?.place ?? null, only_come_back: true } }),
  look: () => call(`${api}/status`),
};

const lookAtLine = () => call(`${api}/now`, { anonymous: true }); // the same for all, so that caches answer it

/** @type {symbol | null} */
let asking = null; // the question on its way; an answer to another one comes too late
/** @type {{title: string, detail: string} | null} */
let lastRefusal = null;
let clocksApart = Date.now() - performance.now();

// Asking

async function ask() {
  const what = line.due?.what ?? "look";
  const question = (asking = Symbol(what));
  line.asked(serverNow());
  try {
    const answer = await withinTime(QUESTIONS[what]());
    if (asking !== question) return;
    take(line.answered(answer, serverNow()));
    tabs.tell({ answer });
    if (!tabs.isLeader) standBy(answer);
  } catch (error) {
    if (asking !== question) return;
    take(failed(error, what));
  } finally {
    if (asking === question) asking = null;
  }
}

/** See what the line tells everybody; without it the page goes by its own answers. */
async function look() {
  line.looking();
  const seen = await withinTime(lookAtLine()).catch(() => null);
  take(line.saw(seen, serverNow()));
  if (seen) tabs.tell({ seen });
}

/**
 * @param {any} error
 * @param {string} what
 */
function failed(error, what) {
  if (error instanceof LoginEnded) return line.ended();
  if (error instanceof ConnectionLost) return line.failed("lost", serverNow(), { what });
  if (error.status === TOO_MANY_REQUESTS || error.status >= SERVER_FAULT) {
    return line.failed("busy", serverNow(), { what, retryAfter: error.retryAfter });
  }
  lastRefusal = messageOf(error);
  return line.refused(error.code, serverNow(), { what });
}

/**
 * @param {Promise<any>} answer
 * @returns {Promise<any>}
 */
function withinTime(answer) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new ConnectionLost()), ANSWER_MS);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** @param {{poll_after_seconds: number}} answer */
function standBy(answer) {
  line.standBy(serverNow() + 2000 * answer.poll_after_seconds + SILENCE_MS);
}

// Hearing

/** @param {Shown} state */
function hear(state) {
  take(line.heard(state, serverNow()));
}

/**
 * Another tab has looked; of a door that has opened it also tells how its try went.
 *
 * @param {any} seen
 */
function see(seen) {
  take(line.saw(seen, serverNow()));
  if (line.phase === "shut" && !tabs.isLeader) line.standBy(serverNow() + TRY_MS);
}

/** @param {any} message */
function hearTab({ answer, heard, seen, hasLeft, isAsked }) {
  if (answer) {
    asking = null;
    take(line.answered(answer, serverNow()));
    if (!tabs.isLeader) standBy(answer);
  }
  if (heard) hear(heard);
  if (seen) see(seen);
  if (hasLeft) leave();
  if (isAsked) wakeAll();
}

/**
 * Do what follows from what has happened, and show how things stand.
 *
 * @param {LineEvent[]} happened
 */
function take(happened) {
  kept.place = line.memory;
  for (const event of happened) tell(event);
  if (tabs.isLeader && line.isNear) topic.listen();
  else topic.rest();
  show();
}

/** @param {LineEvent} event */
function tell(event) {
  const text = lineEventText(event);
  if (event.key === "turn") view.callToSeats();
  if (event.key === "turn" || (event.key === "open_now" && document.hidden)) {
    alarm.ring({ title: gettext("It is your turn"), body: room.title });
  }
  if (event.key === "closed" || event.key === "closed_in_line") seeWhy(room.performance, peopleAhead());
  if (text) announce(text, { urgent: event.key === "turn" });
}

function peopleAhead() {
  const seen = line.view(serverNow());
  return "ahead" in seen ? seen.ahead : 0;
}

// Time

function turn() {
  noticeSleep();
  const now = serverNow();
  const happened = line.tick(now);
  if (happened.length) take(happened);
  if (line.due && line.due.at <= now) void ask();
  if (tabs.isLeader && line.lookAt !== null && line.lookAt <= now) void look();
  if (view.forwards(line.view(now), now)) goToSeats();
  show();
}

/** A computer that slept comes back with a page whose clock stood still. */
function noticeSleep() {
  const apart = Date.now() - performance.now();
  if (Math.abs(apart - clocksApart) > SLEPT_MS) {
    void synchronise({ again: true });
    wakeAll();
  }
  clocksApart = apart;
}

/** Ask at once, in the tab that asks for all of them. */
function wakeAll() {
  if (tabs.isLeader) line.wake(serverNow());
}

function show() {
  const now = serverNow();
  view.show(line.view(now), now, { refusal: lastRefusal });
}

// The person

function goToSeats() {
  alarm.stop();
  location.replace(room.seats);
}

async function askToLeave() {
  const isSure = await confirmed({
    title: gettext("Leave the line?"),
    text: gettext("Your place goes to the next person at once. If you come back later, you begin at the end."),
    confirm: gettext("Leave"),
    cancel: gettext("Stay in line"),
    danger: true,
  });
  if (!isSure) return;
  try {
    await call(`${api}/leave`, { method: "POST" });
  } catch (error) {
    showProblem(error);
    return;
  }
  tabs.tell({ hasLeft: true });
  leave();
}

function leave() {
  asking = null;
  alarm.stop();
  take(line.left());
  view.focusMessage();
}

function begin() {
  take(line.begin(serverNow()));
  if (line.phase === "early" && line.due) getReady(line.due.at - serverNow());
  turn();
}

/**
 * Buy the token for joining some time before, each page at a moment of its own.
 *
 * @param {number} untilJoining  milliseconds
 */
function getReady(untilJoining) {
  const latest = Math.max(0, untilJoining - TOKEN_MARGIN_MS);
  const earliest = Math.max(0, untilJoining - TOKEN_WITHIN_MS);
  const wait = earliest + Math.random() * (latest - earliest);
  if (wait < LONGEST_TIMER_MS) setTimeout(() => accessToken().catch(() => {}), wait); // else joining buys it
}

function beat() {
  try {
    const worker = new Worker(new URL("./beat.js", import.meta.url));
    worker.onmessage = turn;
    worker.onerror = () => setInterval(turn, 500);
  } catch {
    setInterval(turn, 500);
  }
}

view.onLeave = askToLeave;
view.onJoin = begin;
document.addEventListener("login-ended", () => take(line.ended()));
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") return;
  alarm.stop();
  void alarm.renew();
  wakeAll();
  tabs.tell({ isAsked: true });
  turn();
});
addEventListener("online", wakeAll);
addEventListener("pageshow", ({ persisted }) => persisted && wakeAll());

if (serverNow() < room.opensAt) void synchronise(); // later the page's own stamp is exact enough
begin();
beat();
