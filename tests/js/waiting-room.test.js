// The waiting room's page without a browser: what it shows, says and asks, from what the server answers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Estimate, perMinute } from "../../static/concerts/waiting-room/estimate.js";
import { Line } from "../../static/concerts/waiting-room/line.js";
import { milestoneOf, seatsLevel, seatsNews } from "../../static/concerts/waiting-room/news.js";

const NOW = Date.UTC(2026, 10, 25, 11);
const MINUTE = 60_000;
const TIMES = { joinsFrom: NOW - 30 * MINUTE, opensAt: NOW, closesAt: NOW + 60 * MINUTE };

function newLine({ times = TIMES, remembered = null, random = () => 0 } = {}) {
  return new Line(times, { remembered, random });
}

/** What the server answers to the owner of number 100 while 10 have had their turn. */
function answer(changes = {}) {
  return {
    status: "WAITING", number: 100, position: 90, ahead: 89, behind: 400, eta_seconds: 45, poll_after_seconds: 2,
    place: "signed", pass_expires_at: null, now_serving: 10, rate: 2, mode: "QUEUE", seats_left: 5000, ...changes,
  };
}

function waitingLine(changes = {}, options = {}) {
  const line = newLine(options);
  line.begin(NOW);
  ask(line);
  line.answered(answer(changes), NOW);
  return line;
}

/** The page of somebody who has come to a closed door. */
function shutLine(options = {}) {
  const line = newLine(options);
  line.begin(NOW);
  ask(line);
  line.refused("not_on_sale", NOW, { what: "join" });
  return line;
}

/** Send the question that is due; return what it is. */
function ask(line, now = NOW) {
  const { what } = line.due;
  line.asked(now);
  return what;
}

const keys = (happened) => happened.map(({ key }) => key);
const frame = (changes) => ({ now_serving: 10, rate: 2, mode: "QUEUE", seats_left: 5000, ...changes });

// What a look at `now` shows to everybody.
const shown = (changes) => frame({ moved_per_second: 2, next_look_seconds: 1, opens_at: "2026-11-25T11:00:00Z", ...changes });
const CLOSED = shown({ mode: "CLOSED", next_look_seconds: 30 });

test("a page that opens during the sale joins at once, and shows the place it is given", () => {
  const line = newLine();
  line.begin(NOW);
  assert.deepEqual(line.due, { what: "join", at: NOW });
  line.asked(NOW);
  assert.equal(line.due, null, "no second question before the first is answered");

  const happened = line.answered(answer(), NOW);

  const view = line.view(NOW);
  assert.deepEqual([view.phase, view.place, view.ahead, view.behind, view.number], ["waiting", 90, 89, 400, 100]);
  assert.deepEqual(happened, [{ key: "joined", values: { place: 90 } }]);
  assert.deepEqual(line.due, { what: "look", at: NOW + 2000 });
  assert.equal(view.notice.key, "keep_open");
});

test("before the line opens the page waits for that second, and joins a little after it like everybody else", () => {
  const opens = NOW + 10 * MINUTE;
  const line = newLine({ times: { ...TIMES, joinsFrom: opens, opensAt: opens + MINUTE }, random: () => 0.5 });
  line.begin(NOW);
  assert.equal(line.phase, "early");
  assert.deepEqual(line.due, { what: "join", at: opens + 1000 });
  line.wake(NOW);
  assert.equal(line.due.at, opens + 1000, "coming back to the page does not join too early");

  line.tick(opens);

  assert.equal(line.phase, "joining");
});

test("a server whose clock is behind is asked again soon", () => {
  const line = newLine({ times: { ...TIMES, joinsFrom: NOW } });
  line.begin(NOW);
  ask(line);
  assert.deepEqual(line.refused("not_on_sale", NOW, { what: "join" }), []);
  assert.equal(line.phase, "joining");
  assert.deepEqual(line.due, { what: "join", at: NOW + 2000 });
});

test("before a door that staff have closed a page looks at what is told to all, and asks nothing", () => {
  const line = shutLine();
  assert.deepEqual([line.phase, line.due, line.lookAt, line.isNear], ["shut", null, NOW + 1000, false]);
  line.looking();
  assert.deepEqual(line.saw(CLOSED, NOW + 1000), []);
  assert.deepEqual([line.due, line.lookAt, line.isNear], [null, NOW + 31_000, false]);
});

test("a door that opens is tried by all who see it, over some seconds", () => {
  for (const mode of ["QUEUE", "PAUSED", "OPEN"]) {
    const line = shutLine({ random: () => 1 });
    line.saw(CLOSED, NOW);
    line.saw(shown({ mode }), NOW + 30_000);
    assert.deepEqual(line.due, { what: "join", at: NOW + 36_000 });
    line.saw(shown({ mode }), NOW + 31_000);
    assert.equal(line.due.at, NOW + 36_000, "a second look does not draw another moment");
    line.saw(CLOSED, NOW + 32_000);
    assert.equal(line.due, null, "it has closed again before they came");
  }
  const line = shutLine();
  line.saw(shown(), NOW);
  ask(line);
  line.saw(shown(), NOW);
  assert.equal(line.due, null, "who has knocked waits for the answer");
  assert.deepEqual(keys(line.answered(answer(), NOW)), ["joined"]);
});

test("who is turned away from a door that is told to be open does not try it again at once", () => {
  const line = shutLine();
  line.saw(shown(), NOW);
  ask(line);
  assert.deepEqual(line.refused("not_on_sale", NOW, { what: "join" }), []);
  line.saw(shown(), NOW + 1000);
  assert.deepEqual(line.due, { what: "join", at: NOW + 30_000 });
  line.saw(CLOSED, NOW + 2000);
  line.saw(shown(), NOW + 3000);
  assert.equal(line.due.at, NOW + 3000, "it was closed, and now it opens");
});

test("a door of which nothing is told for long is tried all the same", () => {
  const line = shutLine();
  line.saw(CLOSED, NOW);
  line.saw(null, NOW);
  assert.equal(line.due, null, "one look in vain is none");
  assert.equal(line.lookAt, NOW + 60_000);
  line.saw(null, NOW + 60_000);
  assert.deepEqual(line.due, { what: "join", at: NOW + 60_000 });
});

test("a server that asks for patience at the door is given it, until the door is closed again", () => {
  const line = shutLine();
  line.saw(shown(), NOW);
  line.failed("busy", NOW, { what: ask(line), retryAfter: 20 });
  line.saw(shown(), NOW + 1000);
  assert.deepEqual(line.due, { what: "join", at: NOW + 20_000 });
  assert.deepEqual(keys(line.saw(CLOSED, NOW + 2000)), ["back"]);
  assert.deepEqual([line.due, line.view(NOW + 2000).notice], [null, null]);
});

test("who comes back to a page before a closed door looks at once", () => {
  const line = shutLine();
  line.saw(CLOSED, NOW);
  line.wake(NOW + 10_000);
  assert.deepEqual([line.due, line.lookAt], [null, NOW + 10_000]);
  line.saw(CLOSED, NOW + 10_000);
  line.wake(NOW + 10_001);
  assert.equal(line.lookAt, NOW + 11_000);
});

test("before a closed door the end of the sale is seen", () => {
  const line = shutLine();
  assert.deepEqual(keys(line.saw(CLOSED, TIMES.closesAt)), ["over"]);
  assert.deepEqual([line.due, line.lookAt], [null, null]);
});

test("once the sale is over nothing is asked", () => {
  const line = newLine();
  line.begin(TIMES.closesAt);
  assert.deepEqual([line.phase, line.due], ["over", null]);

  const waiting = waitingLine();
  ask(waiting);
  assert.deepEqual(keys(waiting.answered(answer({ status: "CLOSED" }), TIMES.closesAt)), ["over"]);
  assert.equal(waiting.due, null);
});

test("a reloaded page hands its place over and keeps its progress", () => {
  const line = waitingLine();
  const { memory } = line;
  assert.deepEqual(memory, { place: "signed", number: 100, start: 89 });

  const reloaded = newLine({ remembered: memory });
  reloaded.begin(NOW);
  ask(reloaded);
  reloaded.answered(answer({ ahead: 44, now_serving: 55, place: "signed later" }), NOW);

  assert.equal(Math.round(100 * reloaded.view(NOW).progress), 51);
  assert.deepEqual(reloaded.memory, { place: "signed later", number: 100, start: 89 });
});

test("a place that does not count any more is put away, and the page joins without it", () => {
  const line = newLine({ remembered: { place: "old", number: 3, start: 5 } });
  line.begin(NOW);
  ask(line);
  line.refused("validation_error", NOW, { what: "join" });
  assert.equal(line.memory, null);
  assert.equal(ask(line), "join");
  line.refused("validation_error", NOW, { what: "join" });
  assert.equal(line.phase, "out", "a second refusal is not asked away");
});

test("the place moves on with what the line tells, without a question", () => {
  const line = waitingLine();
  line.heard(frame({ now_serving: 30 }), NOW);
  assert.equal(line.view(NOW).place, 70);
  line.heard(frame({ now_serving: 25 }), NOW);
  assert.equal(line.view(NOW).place, 70, "what is told late does not move anybody back");
  assert.equal(line.due.at, NOW + 2000);
});

test("a leap over numbers that nobody has is left to the next answer", () => {
  const line = waitingLine({ number: 100_500, ahead: 900, now_serving: 50, poll_after_seconds: 60 });
  line.heard(frame({ now_serving: 100_000 }), NOW);
  assert.equal(line.view(NOW).ahead, 900);
  assert.equal(line.due.at, NOW);
});

test("whose number is called asks at once", () => {
  const line = waitingLine({ poll_after_seconds: 60 });
  line.heard(frame({ now_serving: 99 }), NOW);
  assert.equal(line.due.at, NOW + 60_000);
  assert.deepEqual(line.heard(frame({ now_serving: 100 }), NOW), []);
  assert.equal(line.due.at, NOW);
  assert.equal(line.view(NOW).notice.key, "keep_open", "a number that is called has not missed anything yet");
});

test("a turn is told once, and lasts until the pass ends", () => {
  const line = waitingLine();
  const pass = new Date(NOW + 10 * MINUTE).toISOString();
  const admitted = answer({ status: "ADMITTED", ahead: 0, pass_expires_at: pass, poll_after_seconds: 30 });
  assert.deepEqual(keys(line.answered(admitted, NOW)), ["turn"]);
  assert.deepEqual(line.answered(admitted, NOW + 1000), []);
  assert.equal(line.view(NOW).passEndsAt, NOW + 10 * MINUTE);

  line.tick(NOW + 10 * MINUTE);
  assert.equal(line.due.at, NOW + 31_000, "a question that is due sooner stays");
  ask(line, NOW + 10 * MINUTE);
  assert.deepEqual(keys(line.refused("not_in_line", NOW + 10 * MINUTE, { what: "look" })), ["pass_ended"]);
  assert.deepEqual([line.phase, line.view(NOW).reason, line.memory], ["out", "pass_ended", null]);

  line.begin(NOW + 11 * MINUTE);
  assert.equal(ask(line), "join", "its owner may join again");
});

test("somebody whom the line does not know any more comes back with the place, and takes no new one", () => {
  const line = waitingLine();
  ask(line);
  assert.deepEqual(line.refused("not_in_line", NOW, { what: "look" }), []);
  assert.equal(line.phase, "waiting");
  assert.equal(ask(line), "come_back");

  assert.deepEqual(line.answered(answer(), NOW), []);
  assert.equal(line.view(NOW).place, 90);

  ask(line);
  line.refused("not_in_line", NOW, { what: "look" });
  assert.equal(ask(line), "come_back");
  assert.deepEqual(keys(line.refused("not_in_line", NOW, { what: "come_back" })), ["gone"]);
  assert.deepEqual([line.phase, line.due], ["out", null]);
});

test("a missed turn is said, and that there will be another", () => {
  const line = waitingLine();
  assert.deepEqual(keys(line.answered(answer({ now_serving: 180, ahead: 2 }), NOW)), ["missed"]);
  assert.equal(line.view(NOW).notice.key, "missed");
});

test("a new number after one that was missed for too long is no welcome", () => {
  const line = waitingLine();
  assert.deepEqual(keys(line.answered(answer({ number: 900, ahead: 500 }), NOW)), ["moved_to_end"]);
});

test("who is called and waits for the moment has missed nothing", () => {
  const line = waitingLine();
  const called = answer({ number: 100, now_serving: 180, ahead: 0, poll_after_seconds: 1.234 });
  assert.deepEqual(keys(line.answered(called, NOW)), ["next"]);
  assert.equal(line.view(NOW).notice.key, "keep_open");
  assert.deepEqual(line.due, { what: "look", at: NOW + 1234 });
});

test("another rate is said with both figures, whoever tells it first, and the estimate follows at once", () => {
  const line = waitingLine({ ahead: 1199, eta_seconds: 600, number: 1210 });
  assert.deepEqual(line.view(NOW).wait, { from: 10, to: 15 });

  const happened = line.heard(frame({ rate: 20 }), NOW);

  assert.deepEqual(happened, [{ key: "faster", values: { before: 120, after: 1200 } }]);
  assert.deepEqual(line.view(NOW).wait, { from: 1, to: 2 });
  assert.deepEqual([line.view(NOW).notice.key, line.view(NOW).notice.kind], ["faster", "success"]);
  assert.deepEqual(line.answered(answer({ ahead: 1199, eta_seconds: 60, number: 1210, rate: 20 }), NOW), []);
  assert.deepEqual(keys(line.answered(answer({ ahead: 1199, eta_seconds: 600, number: 1210 }), NOW)), ["slower"]);
  assert.equal(line.view(NOW + 61_000).notice.key, "keep_open", "news grow old");
});

test("the first before a sale has all of the way to go, and none once it has opened", () => {
  const line = newLine({ times: { ...TIMES, opensAt: NOW + MINUTE } });
  line.begin(NOW);
  ask(line);
  line.answered(answer({ ahead: 0, number: 1, now_serving: 0, eta_seconds: 61 }), NOW);
  assert.equal(line.view(NOW).progress, 0);
  assert.equal(line.view(NOW + MINUTE).progress, 1);
});

test("a pass that the server sees end a moment later is not asked for in one go", () => {
  const line = waitingLine();
  const end = NOW + MINUTE;
  const admitted = answer({ status: "ADMITTED", pass_expires_at: new Date(end).toISOString(), poll_after_seconds: 30 });
  line.answered(admitted, NOW);
  ask(line, end);
  line.answered(admitted, end);
  line.tick(end);
  assert.equal(line.due.at, end + 1500);
});

test("a pass whose end is not told is looked at when the server has said, not all the time", () => {
  const line = waitingLine();
  line.answered(answer({ status: "ADMITTED", pass_expires_at: null, poll_after_seconds: 30 }), NOW);
  line.tick(NOW + 1000);
  assert.equal(line.due.at, NOW + 30_000);
});

test("a room that was open and has a line now is joined", () => {
  const line = newLine({ times: { ...TIMES, opensAt: NOW + MINUTE } });
  line.begin(NOW);
  ask(line);
  line.answered(answer({ status: "OPEN", mode: "OPEN", number: null, place: null }), NOW);
  ask(line);
  line.refused("not_in_line", NOW, { what: "look" });
  assert.equal(ask(line), "join");
});

test("a pause stops the estimate and is said until the line goes on", () => {
  const line = waitingLine();
  assert.deepEqual(keys(line.heard(frame({ mode: "PAUSED" }), NOW)), ["paused"]);
  let view = line.view(NOW + 61_000);
  assert.deepEqual([view.notice.key, view.wait, view.perMinute, view.place], ["paused", null, null, 90]);
  assert.deepEqual(line.answered(answer({ status: "PAUSED", mode: "PAUSED", eta_seconds: null }), NOW), []);

  assert.deepEqual(keys(line.heard(frame(), NOW)), ["resumed"]);
  view = line.view(NOW);
  assert.deepEqual([view.notice.key, view.wait], ["resumed", { from: 0, to: 1 }]);
});

test("a closed door keeps the places of those who wait", () => {
  const line = waitingLine();
  assert.deepEqual(keys(line.answered(answer({ status: "CLOSED", mode: "CLOSED", eta_seconds: null }), NOW)), ["closed_in_line"]);
  assert.deepEqual([line.phase, line.memory.number], ["waiting", 100]);
  assert.deepEqual(keys(line.answered(answer(), NOW)), ["reopened"]);
});

test("where no line is needed any more the page says so", () => {
  const line = waitingLine();
  assert.deepEqual(keys(line.heard(frame({ mode: "OPEN" }), NOW)), ["opening"]);
  assert.equal(line.due.at, NOW);
  const open = answer({ status: "OPEN", mode: "OPEN", number: null, ahead: 0, behind: 0, eta_seconds: 0, place: null });
  assert.deepEqual(keys(line.answered(open, NOW)), ["open_now"]);
  assert.equal(line.phase, "open");

  const early = newLine({ times: { ...TIMES, opensAt: NOW + MINUTE } });
  early.begin(NOW);
  ask(early);
  assert.deepEqual(keys(early.answered(open, NOW)), ["open"], "before the sale there is no hurry");
  assert.deepEqual(keys(early.tick(NOW + MINUTE)), ["open_now"]);
});

test("people who wait for the sale are told when it begins", () => {
  const line = newLine({ times: { ...TIMES, opensAt: NOW + MINUTE } });
  line.begin(NOW);
  ask(line);
  line.answered(answer({ eta_seconds: 105 }), NOW);
  assert.deepEqual(line.view(NOW).isOnSale, false);
  assert.deepEqual([line.view(NOW).perMinute, line.view(NOW).wait], [120, { from: 1, to: 2 }]);
  assert.deepEqual(line.tick(NOW + MINUTE - 1), []);
  assert.deepEqual(keys(line.tick(NOW + MINUTE)), ["on_sale"]);
  assert.deepEqual(line.tick(NOW + MINUTE), []);
});

test("without an answer the page asks again, ever less often, and says that the place is kept", () => {
  const line = waitingLine();
  const waits = [];
  for (let attempt = 0; attempt < 7; attempt += 1) {
    const what = ask(line);
    const happened = line.failed("lost", NOW, { what });
    assert.deepEqual(keys(happened), attempt === 0 ? ["lost"] : []);
    waits.push((line.due.at - NOW) / 1000);
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 30, 30]);
  assert.deepEqual([line.view(NOW).place, line.view(NOW).notice.key], [90, "lost"]);

  ask(line);
  assert.deepEqual(keys(line.answered(answer({ ahead: 70, now_serving: 29 }), NOW)), ["back"]);
  assert.equal(line.view(NOW).notice.key, "keep_open");
});

test("a server that names its time is not asked sooner, nor by all in the same moment", () => {
  const line = waitingLine({}, { random: () => 1 });
  const what = ask(line);
  assert.deepEqual(keys(line.failed("busy", NOW, { what, retryAfter: 20 })), ["busy"]);
  assert.deepEqual(line.due, { what: "look", at: NOW + 30_000 });
});

test("trouble before there is a place says nothing of a place", () => {
  const line = newLine();
  line.begin(NOW);
  line.failed("busy", NOW, { what: ask(line), retryAfter: 5 });
  assert.deepEqual([line.view(NOW).notice.key, line.due], ["busy_before", { what: "join", at: NOW + 5000 }]);
});

test("a network that is back is asked at once, though not twice in a moment", () => {
  const line = waitingLine({ poll_after_seconds: 300 });
  line.wake(NOW + 60_000);
  assert.equal(line.due.at, NOW + 60_000);
  ask(line, NOW + 60_000);
  line.answered(answer({ poll_after_seconds: 300 }), NOW + 60_000);
  line.wake(NOW + 60_001);
  assert.equal(line.due.at, NOW + 61_500);
});

test("a tab beside the one that asks stays silent until that one does", () => {
  const line = waitingLine();
  line.standBy(NOW + 9000);
  assert.deepEqual(line.due, { what: "look", at: NOW + 9000 });
  line.heard(frame({ now_serving: 100 }), NOW);
  assert.equal(line.due.at, NOW + 9000, "what both hear is asked about by the other one");
  line.wake(NOW + 2000);
  assert.equal(line.due.at, NOW + 2000);
});

test("who left, or whose log-in has ended, is asked nothing more of", () => {
  const left = waitingLine();
  assert.deepEqual(keys(left.left()), ["left"]);
  assert.deepEqual([left.phase, left.due, left.memory], ["left", null, null]);
  assert.deepEqual(left.heard(frame({ now_serving: 100 }), NOW), []);

  const ended = waitingLine();
  ended.ended();
  assert.deepEqual([ended.phase, ended.due], ["ended", null]);
  assert.equal(ended.memory.number, 100, "the place stays with the account");
});

test("a refusal that is none of these stops the questions", () => {
  const line = newLine();
  line.begin(NOW);
  ask(line);
  assert.deepEqual(keys(line.refused("not_found", NOW, { what: "join" })), ["refused"]);
  assert.equal(line.due, null);

  const waiting = waitingLine();
  ask(waiting);
  waiting.refused("permission_denied", NOW, { what: "look" });
  assert.equal(waiting.memory.number, 100, "the place is not thrown away for it");
});

test("seats are compared with the people who choose before", () => {
  assert.equal(seatsLevel(null, 10), "unknown");
  assert.equal(seatsLevel(0, 0), "none");
  assert.equal(seatsLevel(89, 89), "short");
  assert.equal(seatsLevel(90, 89), "tight");
  assert.equal(seatsLevel(180, 89), "plenty");
});

test("seats that get scarcer are said once, and seats that come back after there were none", () => {
  const line = waitingLine();
  assert.deepEqual(line.heard(frame({ seats_left: 100 }), NOW), [{ key: "seats_tight", values: { seats: 100, ahead: 89 } }]);
  assert.deepEqual(line.heard(frame({ seats_left: 99 }), NOW), []);
  assert.deepEqual(keys(line.heard(frame({ seats_left: 5 }), NOW)), ["seats_short"]);
  assert.deepEqual(line.view(NOW).notice, { key: "seats_short", values: { seats: 5, ahead: 89 }, kind: "warning" });
  assert.deepEqual(keys(line.heard(frame({ seats_left: 0 }), NOW)), ["seats_none"]);
  assert.deepEqual(keys(line.heard(frame({ seats_left: 2 }), NOW)), ["seats_back"]);
  line.heard(frame({ seats_left: null }), NOW);
  assert.equal(line.view(NOW).seatsLeft, 2, "where the line does not say, the last count stays");
  assert.equal(seatsNews("short", "tight"), null);
});

test("milestones are said on the way, not each second, and in any case who is next", () => {
  assert.equal(milestoneOf({ at: 0, ahead: 120 }, { at: 60_000, ahead: 101 }), null);
  assert.equal(milestoneOf({ at: 0, ahead: 120 }, { at: 60_000, ahead: 100 }), "milestone");
  assert.equal(milestoneOf({ at: 0, ahead: 120 }, { at: 14_000, ahead: 40 }), null);
  assert.equal(milestoneOf({ at: 0, ahead: 120 }, { at: 15_000, ahead: 40 }), "milestone");
  assert.equal(milestoneOf({ at: 0, ahead: 4 }, { at: 1000, ahead: 0 }), "next");
  assert.equal(milestoneOf({ at: 0, ahead: 0 }, { at: 60_000, ahead: 0 }), null);
});

test("an estimate that wavers keeps its range", () => {
  const estimate = new Estimate();
  assert.equal(estimate.range(NOW), null);
  estimate.update(9 * 60, NOW);
  assert.deepEqual(estimate.range(NOW), { from: 5, to: 10 });
  for (const seconds of [660, 500, 640, 480]) {
    estimate.update(seconds, NOW);
    assert.deepEqual(estimate.range(NOW), { from: 5, to: 10 });
  }
  estimate.update(3 * 3600, NOW);
  assert.deepEqual(estimate.range(NOW), { from: 60, to: 90 }, "a third of the way to what is new");
  estimate.update(3 * 3600, NOW, { isSudden: true });
  assert.deepEqual(estimate.range(NOW), { from: 180, to: 240 });
});

test("an estimate goes down with the time, to less than a minute and never below", () => {
  const estimate = new Estimate();
  estimate.update(8 * 3600, NOW);
  assert.deepEqual(estimate.range(NOW), { from: 360, to: null });
  estimate.update(100, NOW, { isSudden: true });
  assert.deepEqual(estimate.range(NOW), { from: 1, to: 2 });
  assert.deepEqual(estimate.range(NOW + 50_000), { from: 0, to: 1 });
  assert.deepEqual(estimate.range(NOW + 500_000), { from: 0, to: 1 });
});

test("a pace is rounded as people would", () => {
  assert.deepEqual([0.001, 0.1, 2, 20.4, 137].map(perMinute), [1, 6, 120, 1200, 8200]);
});

const FAR = { number: 100_000, ahead: 99_989, now_serving: 10, eta_seconds: 49_995, poll_after_seconds: 60 };

test("place, pace and estimate follow from a look that everybody shares", () => {
  const line = waitingLine({ number: 1210, ahead: 1199, eta_seconds: 600, poll_after_seconds: 60 });
  line.looking();
  assert.equal(line.lookAt, Infinity, "no second look before the first has shown something");
  assert.deepEqual(line.saw(shown({ now_serving: 410, moved_per_second: 10, rate: 10 }), NOW), [
    { key: "faster", values: { before: 120, after: 600 } },
  ]);
  const view = line.view(NOW);
  assert.deepEqual([view.place, view.perMinute, view.wait], [800, 600, { from: 1, to: 2 }]);
  assert.deepEqual(line.due, { what: "look", at: NOW + 60_000 }, "the heartbeat stays where it was");
});

test("whoever is far away looks seldom, whoever is near each time that the line has moved", () => {
  const far = waitingLine(FAR);
  assert.equal(far.lookAt, NOW + 60_000);
  const near = waitingLine({ number: 300, ahead: 289, eta_seconds: 145 });
  assert.equal(near.lookAt, NOW + 14_500);
  near.saw(shown({ now_serving: 290 }), NOW);
  assert.equal(near.lookAt, NOW + 1000);
  near.saw(shown({ now_serving: 290, next_look_seconds: 4 }), NOW);
  assert.equal(near.lookAt, NOW + 4000, "not before the line shows something else");
});

test("a crowd that joined in one moment does not look in one", () => {
  assert.equal(waitingLine(FAR, { random: () => 1 }).lookAt, NOW + 69_000);
});

test("whoever sees their number served asks at once", () => {
  const line = waitingLine({ poll_after_seconds: 60 });
  line.saw(shown({ now_serving: 99 }), NOW);
  assert.equal(line.due.at, NOW + 60_000);
  line.saw(shown({ now_serving: 100 }), NOW);
  assert.equal(line.due.at, NOW);
});

test("a look that shows nothing is tried again ever more seldom, and is no trouble to tell of", () => {
  const line = waitingLine();
  const waits = [];
  for (let attempt = 0; attempt < 7; attempt += 1) {
    line.looking();
    assert.deepEqual(line.saw(null, NOW), []);
    waits.push((line.lookAt - NOW) / 1000);
  }
  assert.deepEqual(waits, [4.5, 4.5, 8, 16, 32, 60, 60]);
  assert.equal(line.view(NOW).notice.key, "keep_open");
  line.saw(shown({ now_serving: 90 }), NOW);
  assert.equal(line.lookAt, NOW + 1000);
});

test("nobody looks while the live connection tells, and only those near their turn have one", () => {
  const line = waitingLine(FAR);
  assert.equal(line.isNear, false);
  line.saw(shown({ now_serving: 99_000, moved_per_second: 40 }), NOW);
  assert.equal(line.isNear, false, "a leap over so many is left to the next answer");
  ask(line);
  line.answered(answer({ ...FAR, ahead: 999, now_serving: 99_000, eta_seconds: 25 }), NOW);
  assert.equal(line.isNear, true);
  line.heard(frame({ now_serving: 99_001 }), NOW);
  assert.equal(line.lookAt, NOW + 5000);
  line.saw(shown({ now_serving: 99_001, moved_per_second: 20 }), NOW);
  assert.equal(line.isNear, true, "a wait of 50 s does not close a connection that one of 30 s has opened");
  line.saw(shown({ now_serving: 99_001, moved_per_second: 2 }), NOW);
  assert.equal(line.isNear, false);
  assert.equal(waitingLine({ ahead: 199, number: 210, eta_seconds: 9000 }).isNear, true, "few people make no crowd");
});

test("a pause asks nothing of a crowd, and an open door asks those in front first", () => {
  const late = { random: () => 1 };
  const line = waitingLine(FAR, late);
  assert.deepEqual(keys(line.saw(shown({ mode: "PAUSED" }), NOW)), ["paused"]);
  assert.equal(line.due.at, NOW + 60_000);
  line.saw(shown(), NOW);
  assert.equal(line.due.at, NOW + 60_000);
  line.saw(shown({ mode: "OPEN" }), NOW);
  assert.equal(line.due.at, NOW + 60_000, "100,000 people take their time");
  const front = waitingLine({ number: 100, ahead: 89, poll_after_seconds: 60 }, late);
  front.saw(shown({ mode: "OPEN" }), NOW);
  assert.equal(front.due.at, NOW + 6000);
});

test("the end of the sale is for an answer to tell", () => {
  const line = waitingLine({ poll_after_seconds: 60 });
  line.saw(shown({ mode: "CLOSED" }), TIMES.closesAt - 1);
  assert.equal(line.due.at, NOW + 60_000);
  const over = waitingLine({ poll_after_seconds: 60 * 60 * 24 });
  over.saw(shown({ mode: "CLOSED" }), TIMES.closesAt);
  assert.equal(over.due.at, TIMES.closesAt);
});

test("who does not wait does not look", () => {
  const line = newLine();
  line.begin(NOW);
  assert.equal(line.lookAt, null);
  assert.deepEqual(line.saw(shown(), NOW), []);
  const left = waitingLine();
  left.left();
  assert.deepEqual([left.lookAt, left.isNear, left.saw(null, NOW)], [null, false, []]);
});
