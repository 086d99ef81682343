// The page's live connection, with a STOMP client, a clock and chances of the test's own.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CONNECT_MS,
  FIRST_PAUSE_MS,
  LiveClient,
  LONGEST_PAUSE_MS,
  PROBE_MS,
  pauseBefore,
  RECEIPT_MS,
  STEADY_MS,
} from "../../static/common/live-client.js";

class LogInEnded extends Error {}
class Lost extends Error {}

/** Everything outside of the client, as it is told by the test. */
class World {
  clock = 0;
  tokens = [];
  connections = [];
  states = [];
  reported = [];
  logInHasEnded = false;
  serverIsAway = false;
  #timers = new Map();
  #names = 0;

  live = new LiveClient({
    makeClient: (handlers) => {
      const connection = new Connection(handlers);
      this.connections.push(connection);
      return connection;
    },
    accessToken: async ({ renew }) => {
      if (this.logInHasEnded) throw new LogInEnded();
      if (this.serverIsAway) throw new Lost();
      this.tokens.push(renew ? "new" : "any");
      return `token-${this.tokens.length}`;
    },
    lost: () => new Lost("lost"),
    problem: (document) => Object.assign(new Error(document.title), document),
    isEnd: (error) => error instanceof LogInEnded,
    report: (error) => this.reported.push(error),
    now: () => this.clock,
    setTimeout: (fn, ms) => {
      this.#names += 1;
      this.#timers.set(this.#names, { fn, at: this.clock + ms });
      return this.#names;
    },
    clearTimeout: (id) => this.#timers.delete(id),
    random: () => 1,
  });

  constructor() {
    this.live.onState((state) => this.states.push(state));
  }

  get connection() {
    return this.connections.at(-1);
  }

  /** Let time pass, and all that comes of it happen. */
  async pass(ms) {
    await settled();
    this.clock += ms;
    for (const [id, { fn, at }] of [...this.#timers]) {
      if (at <= this.clock && this.#timers.delete(id)) fn();
    }
    await settled();
  }

  /** Let the connection that is being made stand. */
  async connect() {
    await settled();
    this.connection.accept();
    await settled();
  }
}

/** What @stomp/stompjs is to the client, with the server's side for the test to play. */
class Connection {
  subscriptions = [];
  published = [];
  isForced = false;
  #watched = new Map();

  constructor(handlers) {
    this.handlers = handlers;
  }

  activate() {}

  async deactivate() {
    this.isForced = true;
  }

  watchForReceipt(id, fn) {
    this.#watched.set(id, fn);
  }

  publish(frame) {
    this.published.push(frame);
  }

  subscribe(destination, heard, headers = {}) {
    const subscription = { destination, heard, headers, isOver: false };
    this.subscriptions.push(subscription);
    subscription.unsubscribe = (given = {}) => Object.assign(subscription, { isOver: true, endedWith: given });
    return subscription;
  }

  to(destination) {
    return this.subscriptions.filter((one) => one.destination === destination && !one.isOver).at(-1);
  }

  accept() {
    this.handlers.onConnect({});
  }

  receipt(id) {
    this.#watched.get(id)();
  }

  say(destination, body, headers = {}) {
    this.to(destination).heard({ body: JSON.stringify(body), headers });
  }

  fail(problem, headers = {}) {
    this.handlers.onStompError({ body: JSON.stringify(problem), headers: { code: problem.code, ...headers } });
    this.close();
  }

  close() {
    this.handlers.onWebSocketClose({});
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

async function connectedWorld() {
  const world = new World();
  world.heard = [];
  world.live.subscribe("/sub/x", (body) => world.heard.push(body), { headers: () => ({ "last-seq": world.heard.length }) });
  await world.connect();
  return world;
}

test("nothing is opened until somebody listens or sends", async () => {
  const world = new World();
  await world.pass(60_000);

  assert.equal(world.live.state, "idle");
  assert.equal(world.connections.length, 0);
});

test("a subscription connects with a token, and hears JSON", async () => {
  const world = await connectedWorld();
  world.connection.say("/sub/x", { n: 1 });

  assert.equal(world.connection.handlers.connectHeaders.Authorization, "Bearer token-1");
  assert.deepEqual(world.heard, [{ n: 1 }]);
  assert.deepEqual(world.states, ["connecting", "connected"]);
});

test("a send waits for the connection that is being made, and is kept by its receipt", async () => {
  const world = new World();
  const sent = world.live.send("/pub/x", { a: 1 });
  await world.connect();
  const [frame] = world.connection.published;
  assert.deepEqual(JSON.parse(frame.body), { a: 1 });

  world.connection.receipt(frame.headers.receipt);
  await sent;
});

test("a refused send is told the server's refusal, and the connection stays", async () => {
  const world = await connectedWorld();
  const sent = world.live.send("/pub/x", {});
  const { receipt } = world.connection.published[0].headers;
  world.connection.say("/user/queue/errors", { code: "session_state", status: 409, title: "Ended" }, { "receipt-id": receipt });

  await assert.rejects(sent, { code: "session_state" });
  assert.equal(world.live.state, "connected");
});

test("a send whose receipt does not come with the connection, or in time, may or may not have arrived", async () => {
  const world = await connectedWorld();
  const cut = world.live.send("/pub/x", {});
  world.connection.close();
  await assert.rejects(cut, Lost);
  await assert.rejects(world.live.send("/pub/x", {}), Lost);
  await world.live.send("/pub/x", { type: "TYPING" }, { receipt: false });

  await world.pass(FIRST_PAUSE_MS);
  await world.connect();
  const late = world.live.send("/pub/x", {});
  const refused = assert.rejects(late, Lost);
  await world.pass(RECEIPT_MS);
  await refused;
});

test("a lost connection comes back and listens anew from where it was", async () => {
  const world = await connectedWorld();
  world.connection.say("/sub/x", { n: 1 });
  world.connection.close();
  assert.equal(world.live.state, "lost");
  await world.pass(FIRST_PAUSE_MS);
  await world.connect();

  assert.equal(world.live.state, "connected");
  assert.equal(world.connection.to("/sub/x").headers["last-seq"], 1);
});

test("pauses grow to their limit, never in step, and begin anew after a steady connection", async () => {
  assert.deepEqual([0, 1, 2].map((attempt) => pauseBefore(attempt, () => 1)), [500, 1000, 2000]);
  assert.equal(pauseBefore(0, () => 0), 250);
  assert.equal(pauseBefore(50, () => 1), LONGEST_PAUSE_MS);

  const world = await connectedWorld();
  world.serverIsAway = true;
  world.connection.close();
  for (const pause of [500, 1000, 2000]) await world.pass(pause);
  world.serverIsAway = false;
  await world.pass(3_999);
  assert.equal(world.connections.length, 1);
  await world.pass(1);
  await world.connect();
  await world.pass(STEADY_MS);
  world.connection.close();
  await world.pass(FIRST_PAUSE_MS);
  assert.equal(world.connections.length, 3);
});

test("an expired token is renewed at once, and nobody sees it", async () => {
  const world = await connectedWorld();
  world.connection.fail({ code: "token_expired", status: 401, title: "Expired" });
  const sent = world.live.send("/pub/x", {});
  await world.connect();
  world.connection.receipt(world.connection.published[0].headers.receipt);
  await sent;

  assert.deepEqual(world.tokens, ["any", "new"]);
  assert.ok(!world.states.includes("lost"));
});

test("a token that is refused again and again is asked for with pauses", async () => {
  const world = await connectedWorld();
  for (let round = 0; round < 2; round += 1) {
    world.connection.fail({ code: "token_expired", status: 401, title: "Expired" });
    await settled();
  }

  assert.equal(world.connections.length, 2);
  assert.equal(world.live.state, "lost");
});

test("an ended log-in ends it for good", async () => {
  const world = await connectedWorld();
  world.logInHasEnded = true;
  world.connection.fail({ code: "login_ended", status: 401, title: "Ended" });
  await world.pass(LONGEST_PAUSE_MS);

  assert.equal(world.live.state, "ended");
  assert.equal(world.connections.length, 1);
  await assert.rejects(world.live.send("/pub/x", {}), LogInEnded);
});

test("a subscription that is refused is not asked for again, and the others go on unseen", async () => {
  const world = await connectedWorld();
  const refusals = [];
  world.live.subscribe("/sub/mine", () => {}, { refused: (problem) => refusals.push(problem.code) });
  const { receipt } = world.connection.to("/sub/mine").headers;
  world.connection.fail({ code: "not_found", status: 404, title: "No" }, { "receipt-id": receipt });
  await world.connect();

  assert.deepEqual(refusals, ["not_found"]);
  assert.ok(world.connection.to("/sub/x"));
  assert.ok(!world.connection.to("/sub/mine"));
  assert.ok(!world.states.includes("lost"));
});

test("a subscription that fails by the server's fault is tried again", async () => {
  const world = await connectedWorld();
  const { receipt } = world.connection.to("/sub/x").headers;
  world.connection.fail({ code: "service_unavailable", status: 503, title: "Later" }, { "receipt-id": receipt });
  await world.pass(FIRST_PAUSE_MS);
  await world.connect();

  assert.ok(world.connection.to("/sub/x"));
});

test("a connection too many is tried again when the server has asked for it, and can be told", async () => {
  const world = new World();
  world.live.subscribe("/sub/x", () => {});
  await settled();
  const problem = { code: "too_many_requests", status: 429, title: "Too many", budget: "connections" };
  world.connection.fail(problem, { "retry-after": "5" });
  assert.ok(world.live.isOneTooMany);
  await world.pass(4_999);
  assert.equal(world.connections.length, 1);
  await world.pass(1);
  await world.connect();

  assert.equal(world.live.state, "connected");
  assert.ok(!world.live.isOneTooMany);
});

test("a subscription beyond the account's budget is tried again", async () => {
  const world = await connectedWorld();
  const { receipt } = world.connection.to("/sub/x").headers;
  const problem = { code: "too_many_requests", status: 429, title: "Too many", budget: "subscriptions" };
  world.connection.fail(problem, { "receipt-id": receipt, "retry-after": "5" });
  await world.pass(5_000);
  await world.connect();

  assert.ok(world.connection.to("/sub/x"));
});

test("a send beyond the budget is told how long to wait", async () => {
  const world = await connectedWorld();
  const refused = assert.rejects(world.live.send("/pub/x", {}), { code: "too_many_requests", retry_after: 3 });
  await settled();
  const { receipt } = world.connection.published.at(-1).headers;
  const problem = { code: "too_many_requests", status: 429, title: "Too many", budget: "sends" };
  world.connection.say("/user/queue/errors", problem, { "receipt-id": receipt, "retry-after": "3" });

  await refused;
});

test("a handshake that nobody answers is given up, and so is a connection that does not answer a probe", async () => {
  const world = new World();
  world.live.subscribe("/sub/x", () => {});
  await world.pass(CONNECT_MS);
  assert.ok(world.connections[0].isForced);
  await world.pass(FIRST_PAUSE_MS);
  await world.connect();

  world.live.probe();
  const errors = world.connection.subscriptions.filter((one) => one.destination === "/user/queue/errors");
  world.connection.receipt(errors[0].endedWith.receipt);
  await world.pass(PROBE_MS);
  assert.equal(world.live.state, "connected");

  world.live.probe();
  await world.pass(PROBE_MS);
  assert.equal(world.live.state, "lost");
});

test("whoever is back does not wait for the pause", async () => {
  const world = await connectedWorld();
  world.connection.close();
  world.live.hurry();
  await world.connect();

  assert.equal(world.live.state, "connected");
});

test("a page that is put away holds no connection, and has one again when it is shown", async () => {
  const world = await connectedWorld();
  world.live.rest();
  await world.pass(LONGEST_PAUSE_MS);
  assert.equal(world.connections.length, 1);
  world.live.wake();
  await world.connect();

  assert.equal(world.live.state, "connected");
});

test("a listener that throws is reported, and is nobody else's loss", async () => {
  const world = await connectedWorld();
  world.live.subscribe("/sub/y", () => {
    throw new Error("of the listener's own");
  });
  world.connection.say("/sub/y", {});
  world.connection.say("/sub/x", {});

  assert.equal(world.reported.length, 1);
  assert.equal(world.heard.length, 1);
});
