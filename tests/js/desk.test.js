// What is on a counselor's desk, why a state is what it is, canned replies, and columns side by side.
import assert from "node:assert/strict";
import { test } from "node:test";
import { commandAt, filled, putReply, suggestions } from "../../static/counseling/desk/canned.js";
import { arrange, columnsFor } from "../../static/counseling/desk/columns.js";
import { explain, movesFrom, onQueueNames, stepTo } from "../../static/counseling/desk/explain.js";
import { STATES } from "../../static/counseling/desk/states.js";
import { DeskStore, JOINED, MINE, PAST, WATCHED } from "../../static/counseling/desk/store.js";

const session = (id) => ({ id, status: "IN_PROGRESS", subject: "", last_seq: 1 });
const desk = (more = {}) => ({ counselor: { state: "READY", load: 0, capacity: 3 }, conversations: [], joined: [], offers: [], to_wrap_up: [], ...more });
const parts = (store) => store.items.map(({ id, part }) => [id, part]);

test("the desk has what the server says, and keeps what is only watched", () => {
  const store = new DeskStore();
  store.take(desk({ conversations: [session(1), session(2)], joined: [session(5)] }));
  store.add(session(9), WATCHED);
  assert.deepEqual(parts(store), [[1, MINE], [2, MINE], [5, JOINED], [9, WATCHED]]);
  assert.equal(store.focus, 1);

  store.take(desk({ conversations: [session(2), session(9)] }));
  assert.deepEqual(parts(store), [[2, MINE], [9, MINE]], "who takes over what they watched answers it");
  assert.equal(store.focus, 2);
});

test("a conversation that has ended stays until it is wrapped up", () => {
  const store = new DeskStore();
  store.take(desk({ conversations: [session(1), session(2)] }));
  store.hear({ type: "ENDED", session_id: 1, reason: "customer" });
  store.take(desk({ conversations: [session(2)], to_wrap_up: [{ session_id: 1 }] }));
  assert.deepEqual(parts(store), [[2, MINE], [1, PAST]]);
  store.take(desk({ conversations: [session(2)] }));
  assert.deepEqual(parts(store), [[2, MINE]]);
});

test("one that ended without after-call work stays until it is put away", () => {
  const store = new DeskStore();
  store.take(desk({ conversations: [session(1)] }));
  store.hear({ type: "ENDED", session_id: 1, reason: "customer" });
  store.take(desk());
  store.take(desk());
  assert.deepEqual(parts(store), [[1, PAST]]);
  store.putAway(1);
  assert.deepEqual(parts(store), []);
});

test("one that went to somebody else leaves at once", () => {
  const store = new DeskStore();
  store.take(desk({ conversations: [session(1), session(2)] }));
  store.hear({ type: "ENDED", session_id: 1, reason: "take_over" });
  store.take(desk({ conversations: [session(2)] }));
  assert.deepEqual(parts(store), [[2, MINE]]);
});

test("what is to be answered is not put away by mistake", () => {
  const store = new DeskStore();
  store.take(desk({ conversations: [session(1)] }));
  store.putAway(1);
  assert.deepEqual(parts(store), [[1, MINE]]);
});

test("after a reload the conversations to wrap up are missing until they are fetched", () => {
  const store = new DeskStore();
  store.take(desk({ to_wrap_up: [{ session_id: 7 }] }));
  assert.deepEqual(store.missing, [7]);
  store.add(session(7), PAST);
  assert.deepEqual(store.missing, []);
});

test("an offer comes once, and goes when it lapses or is taken", () => {
  const store = new DeskStore();
  store.take(desk());
  const offer = { type: "OFFERED", session_id: 3, expires_at: "2026-11-25T00:00:20Z" };
  assert.equal(store.hear(offer), true);
  store.hear(offer);
  assert.equal(store.offers.length, 1);
  store.hear({ type: "OFFER_LAPSED", session_id: 3 });
  assert.equal(store.offers.length, 0);
  store.hear(offer);
  store.hear({ type: "ASSIGNED", session_id: 3 });
  assert.equal(store.offers.length, 0);
});

test("whispers gather until they are put away, and need no reading of the desk", () => {
  const store = new DeskStore();
  store.take(desk({ conversations: [session(1)] }));
  assert.equal(store.hear({ type: "WHISPER", session_id: 1, content: "calmly", author: { id: 5, name: "Boss" } }), false);
  assert.equal(store.whispers.get(1)[0].content, "calmly");
  store.hideWhispers(1);
  assert.equal(store.whispers.has(1), false);
});

test("the focus goes round", () => {
  const store = new DeskStore();
  store.take(desk({ conversations: [session(1), session(2), session(3)] }));
  store.moveFocus(-1);
  assert.equal(store.focus, 3);
  store.moveFocus(1);
  assert.equal(store.focus, 1);
});

test("a state says why it is what it is", () => {
  const of = (state, reason, more = {}) => explain({ state, reason, load: 0, capacity: 3, ...more }, { graceSeconds: 60, ...more });
  assert.match(of("OFFLINE", "lost"), /no sign of life for 60 seconds/);
  assert.match(of("OFFLINE", "counselor"), /You went offline/);
  assert.match(of("OFFLINE", ""), /not at work yet/);
  assert.match(of("ONLINE", "missed_offers"), /Two offers in a row/);
  assert.match(of("ONLINE", "counselor", { load: 2 }), /paused.*2 conversations go on/);
  assert.match(of("READY", "limit", { load: 1, waiting: 0 }), /wrap up is over.*1 of 3 places.*Nobody is waiting/);
  assert.match(of("BUSY", "matched", { load: 3, waiting: 4 }), /All 3 places are taken.*4 customers are waiting/);
  assert.match(of("BUSY", "matched", { load: 1, capacity: 1 }), /only place is taken/);
  assert.match(of("AFTER_CALL", "session_ended", { load: 1 }), /say how it came out.*1 conversation goes on/);
});

test("from each state one can go where the server lets one", () => {
  for (const [state, row] of Object.entries(STATES)) {
    if (row.isAtWork) assert.deepEqual(movesFrom(state), row.moves);
  }
  assert.ok(movesFrom("ONLINE").includes("READY") && !movesFrom("ONLINE").includes("AFTER_CALL"), "a pause has nothing to wrap up");
  assert.ok(movesFrom("OFFLINE").includes("ONLINE") && movesFrom("OFFLINE").includes("READY"), "the desk takes both steps");
  assert.ok(!movesFrom("OFFLINE").includes("OFFLINE"));
  assert.deepEqual(movesFrom("OF_TOMORROW"), []);
});

test("the way from offline to ready goes by the pause, and any other goes at once", () => {
  assert.equal(stepTo("READY", { from: "OFFLINE" }), "ONLINE");
  assert.equal(stepTo("ONLINE", { from: "OFFLINE" }), null);
  assert.equal(stepTo("READY", { from: "READY" }), null);
  assert.equal(stepTo("READY", { from: "BUSY" }), null);
});

test("the states that count in occupancy are named in one phrase", () => {
  assert.match(onQueueNames(), /^ready, busy.* 또는 wrapping up$/, "Korean is the language without a page");
});

const replies = [
  { shortcut: "refund", title: "Refunds", content: "…", category_id: null, is_mine: false },
  { shortcut: "ref", title: "Reference", content: "…", category_id: null, is_mine: true },
  { shortcut: "bye", title: "After a refund", content: "…", category_id: null, is_mine: false },
  { shortcut: "refuse", title: "Elsewhere", content: "…", category_id: 9, is_mine: false },
];

test("a shortcut is found by its beginning, its title, and only in its category", () => {
  assert.deepEqual(suggestions(replies, "ref", 1).map((one) => one.shortcut), ["ref", "refund", "bye"]);
  assert.deepEqual(suggestions(replies, "REFU", 9).map((one) => one.shortcut), ["refund", "refuse", "bye"]);
  assert.deepEqual(suggestions(replies, "nothing", 1), []);
});

test("a slash begins a shortcut only where a word begins", () => {
  assert.deepEqual(commandAt("/he", 3), { start: 0, query: "he" });
  assert.deepEqual(commandAt("well, /", 7), { start: 6, query: "" });
  assert.equal(commandAt("https://x", 9), null);
  assert.equal(commandAt("1/2", 3), null);
  assert.equal(commandAt("/he is", 6), null);
  assert.deepEqual(commandAt("/he is", 3), { start: 0, query: "he" });
});

test("a reply takes the shortcut's place, with the names filled in", () => {
  const text = "well, /ref and so on";
  const put = putReply(text, 10, commandAt(text, 10), "money");
  assert.deepEqual(put, { text: "well, money and so on", caret: 11 });
  assert.equal(filled("Hello {customer}, {counselor} here.", { customer: "Anna", counselor: "Kim" }), "Hello Anna, Kim here.");
});

test("as many columns as fit, and no more than are wanted", () => {
  assert.equal(columnsFor(300), 1);
  assert.equal(columnsFor(800), 2);
  assert.equal(columnsFor(5000), 4);
  assert.equal(columnsFor(5000, 2), 2);
  assert.equal(columnsFor(500, 3), 1);
});

test("what stands side by side stays where it is", () => {
  assert.deepEqual(arrange([], [1, 2, 3], 1, 2), [1, 2]);
  assert.deepEqual(arrange([1, 2], [1, 2, 3], 3, 2, [3, 2, 1]), [3, 2], "the one left alone for longest makes room");
  assert.deepEqual(arrange([1, 2], [2, 3], 2, 2), [2, 3]);
  assert.deepEqual(arrange([1, 2, 3], [1, 2, 3], 3, 1, [3]), [3]);
  assert.deepEqual(arrange([1], [], null, 2), []);
});
