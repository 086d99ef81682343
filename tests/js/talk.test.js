// One conversation as its people see it: nothing is lost, doubled or out of order, whatever the connection does.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Drafts, storageOf } from "../../static/counseling/talk/drafts.js";
import { Talk } from "../../static/counseling/talk/talk.js";
import { TYPING_EVERY_MS, TYPING_LASTS_MS } from "../../static/counseling/talk/whispers.js";

const CUSTOMER = { id: 7, role: "customer" };
const COUNSELOR = { id: 9, role: "counselor", name: "Hana" };
const settled = () => new Promise((resolve) => setImmediate(resolve));

function session(changes = {}) {
  return {
    id: 3, status: "IN_PROGRESS", last_seq: 0, customer_read_seq: 0, counselor_read_seq: 0,
    counselor: { id: 9, name: "Hana" }, end_reason: "", ...changes,
  };
}

function message(seq, sender, content = `text ${seq}`, id = null) {
  return { type: "MESSAGE", session_id: 3, seq, client_message_id: id, sender, content, attachment: null };
}

/** A talk with a server and a clock of the test's; `storage` outlives it as a browser's does. */
class Desk {
  clock = 1_000_000;
  sent = [];
  later = [];
  answers = [];

  constructor({ me = CUSTOMER, storage = storageOf({}), isWatching = false, ...changes } = {}) {
    this.storage = storage;
    let names = 0;
    this.talk = new Talk({
      session: session(changes),
      me,
      isWatching,
      keep: new Drafts(me.id, { storage, now: () => this.clock }),
      now: () => this.clock++,
      later: (fn) => this.later.push(fn),
      newId: () => `${storage.names ?? ""}id-${(names += 1)}`,
      send: (body, { receipt }) => {
        if (!receipt) {
          this.sent.push(body);
          return Promise.resolve();
        }
        return new Promise((resolve, reject) => {
          this.sent.push(body);
          this.answers.push({ resolve, reject });
        });
      },
    });
  }

  get contents() {
    return this.sent.filter((one) => one.type === "MESSAGE").map((one) => one.content);
  }

  get states() {
    return this.talk.rows.filter((row) => row.kind === "pending").map((row) => row.message.state);
  }

  async answer(how, value) {
    this.answers.shift()[how](value);
    await settled();
  }
}

const lost = new Error("lost");
const refused = (changes) => Object.assign(new Error("no"), changes);

test("the log is in order, each number once, whatever comes twice", () => {
  const { talk } = new Desk();
  for (const seq of [1, 2, 2, 1, 3]) talk.hear(message(seq, COUNSELOR));

  assert.deepEqual(talk.entries.map((entry) => entry.seq), [1, 2, 3]);
  assert.equal(talk.lastSeq, 3);
});

test("a page opens the end of a long log, and older entries come before it without doubles", () => {
  const { talk } = new Desk({ last_seq: 60 });
  assert.equal(talk.lastSeq, 10);
  assert.ok(talk.hasOlder);
  talk.hear(message(11, COUNSELOR));
  talk.prepend([9, 10, 11].map((seq) => message(seq, COUNSELOR)));

  assert.deepEqual(talk.entries.map((entry) => entry.seq), [9, 10, 11]);
  assert.equal(talk.firstSeq, 9);
});

test("what is said is shown at once, is sent, and becomes its entry under the same key", async () => {
  const desk = new Desk();
  const id = desk.talk.say("Hello ");
  const { key } = desk.talk.rows[0];
  assert.deepEqual(desk.states, ["sending"]);
  assert.deepEqual(desk.sent, [{ type: "MESSAGE", client_message_id: id, content: "Hello" }]);

  await desk.answer("resolve");
  assert.deepEqual(desk.states, ["sent"]);
  desk.talk.hear(message(1, CUSTOMER, "Hello", id));
  assert.deepEqual(desk.talk.rows.map((row) => [row.kind, row.key]), [["entry", key]]);
});

test("messages go out one after the other, in the order they were said", async () => {
  const desk = new Desk();
  for (const text of ["one", "two", "three"]) desk.talk.say(text);
  assert.deepEqual(desk.contents, ["one"]);
  await desk.answer("resolve");
  await desk.answer("resolve");

  assert.deepEqual(desk.contents, ["one", "two", "three"]);
});

test("a message whose connection is lost waits and goes out again under the same id", async () => {
  const desk = new Desk();
  const id = desk.talk.say("Hello");
  desk.talk.say("after it");
  await desk.answer("reject", lost);
  assert.deepEqual(desk.states, ["waiting", "waiting"]);
  desk.talk.flush();

  assert.deepEqual(desk.sent.map((one) => one.client_message_id), [id, id]);
});

test("where the fate of a message is not known, it is tried again after a while by itself", async () => {
  const desk = new Desk();
  desk.talk.say("Hello");
  await desk.answer("reject", refused({ status: 503, code: "service_unavailable" }));
  desk.later.shift()();

  assert.deepEqual(desk.contents, ["Hello", "Hello"]);
});

test("a reload loses nothing that was not acknowledged, and what was acknowledged is not said again", async () => {
  const desk = new Desk();
  desk.talk.say("acknowledged");
  await desk.answer("resolve");
  desk.talk.say("on its way");
  desk.talk.say("behind it");
  desk.talk.draft = "half a sent";

  const reloaded = new Desk({ storage: desk.storage });
  assert.equal(reloaded.talk.draft, "half a sent");
  reloaded.talk.flush();
  await reloaded.answer("resolve");
  assert.deepEqual(reloaded.contents, ["on its way", "behind it"]);
});

test("a message that arrived although its receipt was lost is found in the log, and not shown twice", async () => {
  const desk = new Desk();
  const id = desk.talk.say("Hello");
  await desk.answer("reject", lost);

  const reloaded = new Desk({ storage: desk.storage, last_seq: 1 });
  reloaded.talk.hear(message(1, CUSTOMER, "Hello", id));
  reloaded.talk.flush();
  assert.deepEqual(reloaded.sent, []);
  assert.equal(reloaded.talk.rows.length, 1);
  assert.equal(new Desk({ storage: desk.storage }).talk.rows.length, 0);
});

test("a message that is refused for good says so, lets the next ones through, and can be tried again or discarded", async () => {
  const desk = new Desk();
  const id = desk.talk.say("too long");
  desk.talk.say("next");
  await desk.answer("reject", refused({ status: 422, code: "validation_error" }));
  assert.deepEqual(desk.states, ["failed", "sending"]);
  assert.equal(desk.talk.rows[0].message.problem.code, "validation_error");

  desk.talk.retry(id);
  await desk.answer("resolve");
  await desk.answer("resolve");
  assert.deepEqual(desk.contents, ["too long", "next", "too long"]);

  const other = new Desk();
  const gone = other.talk.say("bad");
  await other.answer("reject", refused({ status: 422 }));
  other.talk.discard(gone);
  assert.equal(new Desk({ storage: other.storage }).talk.rows.length, 0);
});

test("what is said while one waits goes out when somebody is there", () => {
  const desk = new Desk({ status: "WAITING", counselor: null });
  desk.talk.say("I want a refund");
  assert.deepEqual(desk.sent, []);
  desk.talk.hear({ type: "ACCEPTED", seq: 1, sender: COUNSELOR, counselor: { id: 9, name: "Hana" } });

  assert.deepEqual(desk.contents, ["I want a refund"]);
  assert.equal(desk.talk.counselor.name, "Hana");
});

test("a conversation that loses its counselor keeps what is said until the next one", async () => {
  const desk = new Desk();
  desk.talk.say("Hello?");
  desk.talk.hear({ type: "TRANSFERRED", seq: 1, sender: {}, reason: "counselor_lost", to: null });
  await desk.answer("reject", refused({ status: 409, code: "session_state" }));
  assert.equal(desk.talk.status, "WAITING");
  assert.deepEqual(desk.states, ["waiting"]);

  desk.talk.hear({ type: "TRANSFERRED", seq: 2, sender: {}, to: { counselor: { id: 10, name: "Bora" } } });
  desk.talk.flush();
  assert.equal(desk.talk.counselor.name, "Bora");
  assert.deepEqual(desk.contents, ["Hello?", "Hello?"]);
});

test("after the end nothing more is sent, and what was not sent is still there to be read", async () => {
  const desk = new Desk();
  desk.talk.say("one");
  desk.talk.say("two");
  desk.talk.hear({ type: "ENDED", seq: 1, sender: {}, reason: "counselor" });
  await desk.answer("reject", refused({ status: 409, code: "session_state" }));

  assert.ok(desk.talk.isOver);
  assert.equal(desk.talk.endReason, "counselor");
  assert.deepEqual(desk.states, ["failed", "failed"]);
  assert.deepEqual(desk.contents, ["one"]);
  assert.ok(new Desk({ storage: desk.storage, status: "ENDED" }).talk.hasUnsent);
});

test("leaving the line is no end of a conversation", () => {
  const { talk } = new Desk({ status: "WAITING" });
  talk.hear({ type: "ENDED", seq: 1, sender: {}, reason: "left_line" });

  assert.equal(talk.status, "ABANDONED");
});

test("old entries that are shown again change no state and are no news", () => {
  const { talk } = new Desk({ last_seq: 2 });
  const news = [];
  talk.onEntry((entry) => news.push(entry.seq));
  talk.hear({ type: "TRANSFERRED", seq: 1, sender: {}, to: null });
  talk.hear(message(2, COUNSELOR));
  talk.hear(message(3, COUNSELOR));

  assert.equal(talk.status, "IN_PROGRESS");
  assert.deepEqual(news, [3]);
});

test("unread counts the others' messages after what I have seen, and seeing tells them once", () => {
  const desk = new Desk({ last_seq: 1, customer_read_seq: 1 });
  desk.talk.hear(message(1, COUNSELOR));
  desk.talk.hear(message(2, COUNSELOR));
  desk.talk.hear(message(3, CUSTOMER, "mine", "a"));
  assert.equal(desk.talk.unread, 1);
  desk.talk.see();
  desk.talk.see();

  assert.equal(desk.talk.unread, 0);
  assert.deepEqual(desk.sent, [{ type: "READ", seq: 3 }]);
});

test("my message is marked as read when the other side has read it", () => {
  const { talk } = new Desk();
  talk.hear(message(1, CUSTOMER, "mine", "a"));
  assert.ok(!talk.rows[0].isRead);
  talk.hear({ type: "READ", seq_read: 1, sender: { id: 9, role: "counselor" } });

  assert.ok(talk.rows[0].isRead);
});

test("typing is shown for a while, until the message comes; and is told at most once in a while", () => {
  const desk = new Desk();
  desk.talk.hear({ type: "TYPING", sender: COUNSELOR });
  assert.deepEqual(desk.talk.typists, [{ id: 9, role: "counselor" }]);
  desk.clock += TYPING_LASTS_MS;
  assert.deepEqual(desk.talk.typists, []);
  desk.talk.hear({ type: "TYPING", sender: COUNSELOR });
  desk.talk.hear(message(1, COUNSELOR));
  assert.deepEqual(desk.talk.typists, []);

  desk.talk.type();
  desk.talk.type();
  desk.clock += TYPING_EVERY_MS;
  desk.talk.type();
  assert.deepEqual(desk.sent, [{ type: "TYPING" }, { type: "TYPING" }]);
});

test("who only watches shows neither reading nor typing", () => {
  const desk = new Desk({ me: { id: 11, role: "supervisor" }, isWatching: true });
  desk.talk.hear(message(1, COUNSELOR));
  desk.talk.see();
  desk.talk.type();

  assert.deepEqual(desk.sent, []);
});

test("an older picture of the conversation does not undo what the log has said", () => {
  const { talk } = new Desk({ status: "WAITING", counselor: null });
  talk.hear({ type: "ACCEPTED", seq: 1, sender: COUNSELOR, counselor: { id: 9, name: "Hana" } });
  talk.setSession(session({ status: "WAITING", last_seq: 0 }));

  assert.equal(talk.status, "IN_PROGRESS");
});

test("drafts are a person's own, and last a day", () => {
  const storage = storageOf({});
  let clock = 1_000_000;
  const mine = new Drafts(7, { storage, now: () => clock });
  mine.setDraft(3, "private");
  assert.equal(new Drafts(7, { storage, now: () => clock }).draft(3), "private");
  clock += 24 * 60 * 60 * 1000;
  assert.equal(new Drafts(7, { storage, now: () => clock }).draft(3), "");

  mine.setDraft(3, "private");
  new Drafts(8, { storage, now: () => clock });
  assert.equal(mine.draft(3), "");
});

test("a browser that keeps nothing, or is full, loses only what a reload would take", () => {
  const refusing = { get localStorage() { throw new Error("refused"); } };
  const full = { length: 0, key: () => null, getItem: () => null, removeItem() {}, setItem() { throw new Error("full"); } };
  for (const storage of [storageOf(refusing), full]) {
    const desk = new Desk({ storage });
    desk.talk.draft = "text";
    desk.talk.say("Hello");
    assert.deepEqual(desk.contents, ["Hello"]);
  }
});
