// Live news of seats, and the questions where there are none, with a clock and a server of the test's own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PATIENCE_MS, SeatFeed } from "../../static/concerts/seat-map/seat-feed.js";

class World {
  known = 10;
  applied = [];
  asked = [];
  replaced = [];
  refusals = [];
  isHidden = false;
  #timers = new Map();
  #ids = 0;

  feed = new SeatFeed({
    version: () => this.known,
    ask: (since) => new Promise((resolve, reject) => this.asked.push({ since, resolve, reject })),
    replace: ({ statuses, version }) => {
      this.replaced.push(statuses);
      this.known = version;
    },
    apply: (changed, version) => {
      this.applied.push(changed);
      this.known = version;
    },
    subscribe: (heard, refused) => {
      Object.assign(this, { heard, refuse: refused });
      return () => (this.heard = () => {});
    },
    onState: (fn) => (this.connection = fn),
    refused: (problem) => this.refusals.push(problem),
    isHidden: () => this.isHidden,
    setTimeout: (fn, ms) => {
      this.#timers.set((this.#ids += 1), { fn, ms });
      return this.#ids;
    },
    clearTimeout: (id) => this.#timers.delete(id),
    random: () => 0.5,
  });

  constructor() {
    this.feed.start();
  }

  get timers() {
    return [...this.#timers.values()].map(({ ms }) => ms);
  }

  /** Let the next timer ring. */
  async ring() {
    const [[id, { fn }]] = this.#timers;
    this.#timers.delete(id);
    fn();
    await settled();
  }

  async answer(answer) {
    this.asked.at(-1).resolve(answer);
    await settled();
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("news is taken over as it comes, and nothing is asked for", () => {
  const world = new World();
  world.connection("connected");
  world.heard({ version: 10, changed: [] });
  world.heard({ version: 12, changed: [[1, "HELD"]] });
  assert.deepEqual([world.applied, world.known, world.asked, world.timers], [[[[1, "HELD"]]], 12, [], []]);
});

test("news that is known already is passed over", () => {
  const world = new World();
  world.heard({ version: 9, changed: [[1, "SOLD"]] });
  assert.deepEqual(world.applied, []);
});

test("what happened before the first word is asked for, and what comes meanwhile is not lost", async () => {
  const world = new World();
  world.connection("connected");
  world.heard({ version: 15, changed: [] });
  world.heard({ version: 16, changed: [[2, "HELD"]] });
  assert.deepEqual([world.asked.length, world.asked[0].since, world.applied], [1, 10, []]);

  await world.answer({ version: 15, changed: [[1, "SOLD"]] });

  assert.deepEqual([world.applied, world.known], [[[[1, "SOLD"]], [[2, "HELD"]]], 16]);
});

test("too large a gap is answered with all statuses, and a reset asks for them", async () => {
  const world = new World();
  world.heard({ version: 60, changed: [] });
  await world.answer({ version: 60, statuses: "AH" });
  assert.deepEqual([world.replaced, world.known], [["AH"], 60]);
  world.heard({ version: 220, changed: [], reset: true });
  await world.answer({ version: 221, statuses: "SS" });
  assert.deepEqual([world.replaced, world.known], [["AH", "SS"], 221]);
  assert.deepEqual(world.asked.map(({ since }) => since), [10, null]);
});

test("without a live connection the server is asked again and again", async () => {
  const world = new World();
  world.connection("lost");
  assert.deepEqual(world.timers, [PATIENCE_MS]);
  for (const version of [11, 12]) {
    await world.ring();
    await world.answer({ version, changed: [[version, "SOLD"]] });
  }
  assert.deepEqual(world.applied, [[[11, "SOLD"]], [[12, "SOLD"]]]);
  assert.equal(world.timers.length, 1);

  world.connection("connected");
  assert.deepEqual(world.timers, []);
});

test("nothing is asked while nobody looks", async () => {
  const world = new World();
  world.isHidden = true;
  await world.ring();
  assert.deepEqual([world.asked.length, world.timers.length], [0, 1]);
});

test("a server that is busy is asked no sooner than it wants", async () => {
  const world = new World();
  await world.ring();
  world.asked[0].reject(Object.assign(new Error(), { code: "service_unavailable", retryAfter: 20 }));
  await settled();
  assert.deepEqual(world.timers, [20_000]);
});

test("a gap that could not be closed is asked about again, live or not", async () => {
  const world = new World();
  world.connection("connected");
  world.heard({ version: 15, changed: [] });
  world.asked[0].reject(Object.assign(new Error(), { code: "connection_lost" }));
  await settled();
  await world.ring();
  assert.deepEqual(world.asked.map(({ since }) => since), [10, 10]);
});

test("who is told no news by the server still asks for it, less often", async () => {
  const world = new World();
  world.connection("connected");
  world.refuse({ code: "access_pass_required" });
  assert.equal(world.refusals.length, 1);
  await world.ring();
  assert.equal(world.asked.length, 1);
});

test("after the log-in has ended nothing is asked or heard", async () => {
  const world = new World();
  world.connection("ended");
  world.heard({ version: 20, changed: [[1, "SOLD"]] });
  assert.deepEqual([world.applied, world.timers], [[], []]);
});
