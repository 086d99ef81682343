/** A conversation: one asks, the other is matched, they talk, one ends it. */
import { Counter } from "k6/metrics";
import { DESTINATIONS, fill } from "./calls.js";
import { Stopwatch, call, miss } from "./site.js";
import { Line } from "./stomp.js";

const MESSAGES = 3;
const QUIET_SECONDS = 1;

export const conversations = new Counter("conversations"); // heard whole and ended, on the customer's side
export const messagesBroken = new Counter("messages_broken"); // a gap or a repetition in what one side heard
const matched = new Stopwatch("matched");
const answered = new Stopwatch("answered");

/** One side of a conversation: what it heard has to be the log, each number once, in its order. */
export class Side {
  constructor(sessionId, log) {
    this.sessionId = sessionId;
    this.log = log;
    this.seq = 0;
  }

  /** The next event, or null where nothing comes any more. */
  async next() {
    const event = await this.log.take();
    if (event && "seq" in event) {
      messagesBroken.add(event.seq === this.seq + 1 ? 0 : 1);
      this.seq = event.seq;
    }
    return event;
  }

  static async of(line, sessionId) {
    const destination = fill(DESTINATIONS.session, { session_id: sessionId });
    return new Side(sessionId, await line.subscribe(destination, { "last-seq": "0" }));
  }
}

function say(line, sessionId, said) {
  return line.send(fill(DESTINATIONS.say, { session_id: sessionId }), said);
}

/** Ask, talk, end, rate. Returns whether all of it came to its end. */
export async function beCustomer(as, categoryId) {
  const line = await Line.open(as);
  try {
    const sessionId = await ask(line, categoryId);
    if (sessionId === null) return false;
    const side = await Side.of(line, sessionId);
    for (let number = 1; number <= MESSAGES; number += 1) {
      if (!(await question(line, side, number))) return false;
    }
    if (!(await say(line, sessionId, { type: "END" }))) return false;
    if (!(await until(side, (event) => event.type === "ENDED"))) return false;
    conversations.add(1);
    const rated = await call("rating", {
      as, path: { session_id: sessionId }, body: { score: 5, feedback: "" }, expect: [200, 201, 204],
    });
    return rated.status < 300;
  } finally {
    line.close();
  }
}

async function ask(line, categoryId) {
  const news = await line.subscribe(DESTINATIONS.match);
  const since = Date.now();
  if (!(await line.send(DESTINATIONS.ask, { category_id: categoryId, subject: "k6" }))) return null;
  for (let event = await news.take(); event; event = await news.take()) {
    if (event.type === "ASSIGNED") {
      matched.note(since);
      return event.session_id;
    }
  }
  return null;
}

async function question(line, side, number) {
  const since = Date.now();
  const said = { type: "MESSAGE", client_message_id: `q${number}`, content: `question ${number}` };
  if (!(await say(line, side.sessionId, said))) return false;
  const isAnswered = await until(side, (event) => event.client_message_id === `a${number}`);
  if (isAnswered) answered.note(since);
  return isAnswered;
}

async function until(side, isIt) {
  for (let event = await side.next(); event; event = await side.next()) {
    if (isIt(event)) return true;
    if (event.type === "ENDED") return false;
  }
  return false;
}

/** Be there for whoever is matched, until `isEnough()` and no conversation is left; then go home. */
export class Counselor {
  static async comeIn(as) {
    const line = await Line.open(as);
    const counselor = new Counselor(as, line);
    counselor.desk = await line.subscribe(fill(DESTINATIONS.counselor, { counselor_id: as.user_id }));
    await call("online", { as });
    await call("ready", { as });
    return counselor;
  }

  constructor(as, line) {
    this.as = as;
    this.line = line;
    this.talks = 0;
    this.isLeaving = false;
  }

  async work(isEnough) {
    try {
      while (!isEnough()) await this.act(await this.desk.take(QUIET_SECONDS));
      this.isLeaving = true;
      let me = await call("online", { as: this.as }); // takes no more from here on
      while (!this.line.isOver && (this.talks > 0 || me.body.load > 0)) {
        await this.act(await this.desk.take(QUIET_SECONDS));
        me = await call("online", { as: this.as });
      }
      await call("offline", { as: this.as });
    } finally {
      this.line.close();
    }
  }

  async act(event) {
    if (!event) return;
    if (event.type === "OFFERED") await call("accept", { as: this.as, path: { session_id: event.session_id } });
    if (event.type === "ASSIGNED") this.talk(event.session_id);
    const hasEnded = event.type === "STATE" && event.state === "AFTER_CALL";
    if (hasEnded && !this.isLeaving) await call("ready", { as: this.as, expect: [200, 409] });
  }

  /** Answer every question; the desk goes on meanwhile. */
  async talk(sessionId) {
    this.talks += 1;
    try {
      const side = await Side.of(this.line, sessionId);
      for (let event = await side.next(); event && event.type !== "ENDED"; event = await side.next()) {
        const question = event.client_message_id || "";
        if (event.type !== "MESSAGE" || !question.startsWith("q")) continue;
        const said = { type: "MESSAGE", client_message_id: `a${question.slice(1)}`, content: `answer to ${question}` };
        await say(this.line, sessionId, said);
      }
    } catch (error) {
      miss(`a counselor's side broke off: ${error}`);
    } finally {
      this.talks -= 1;
    }
  }
}

/**
 * One who asks and one who answers, in one virtual user; whom each of them talks to is the platform's choice. The
 * counselor stays until this user's customer is done, so that nobody is left without one.
 */
export async function converse(customer, counselor, categoryId) {
  const desk = await Counselor.comeIn(counselor);
  let isDone = false;
  const working = desk.work(() => isDone || desk.line.isOver);
  let isWhole = false;
  try {
    isWhole = await beCustomer(customer, categoryId);
  } finally {
    isDone = true;
    await working;
  }
  return isWhole;
}

/** The category that is asked for: CATEGORY, or the first where somebody is there. */
export async function category(as) {
  if (__ENV.CATEGORY) return Number(__ENV.CATEGORY);
  const answer = await call("categories", { as });
  const all = Array.isArray(answer.body) ? answer.body : answer.body.results || [];
  if (!all.length) throw new Error("there is no category to ask in; give -e CATEGORY=…");
  return all[0].id;
}
