// From chosen seats to a held order, with a server of the test's own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { placeAndReserve, PlacingKeys } from "../../static/concerts/seat-map/placing.js";

const problem = (code, extras = {}) => Object.assign(new Error(code), { code, ...extras });

/** A server that gives these answers in turn: a value, or an error to throw. */
class World {
  calls = [];
  waits = [];
  stored = new Map();
  #made = 0;

  constructor(...answers) {
    this.answers = answers;
  }

  keys = new PlacingKeys(
    {
      getItem: (name) => this.stored.get(name) ?? null,
      setItem: (name, value) => this.stored.set(name, value),
      removeItem: (name) => this.stored.delete(name),
    },
    5,
    () => `key-${(this.#made += 1)}`,
  );

  place(seatIds = [2, 1]) {
    return placeAndReserve(
      { performanceId: 5, seatIds },
      {
        keys: this.keys,
        onWait: () => {},
        wait: async (ms) => this.waits.push(ms),
        call: async (path, { body, idempotencyKey } = {}) => {
          this.calls.push([path, idempotencyKey ?? body]);
          const answer = this.answers.shift();
          if (answer instanceof Error) throw answer;
          return answer ?? null;
        },
      },
    );
  }

  get paths() {
    return this.calls.map(([path]) => path);
  }
}

const ORDER = { id: "ord-1" };

test("seats are ordered, then held", async () => {
  const world = new World(ORDER, {});
  assert.equal(await world.place(), "ord-1");
  assert.deepEqual(world.paths, ["/api/orders", "/api/orders/ord-1/reserve"]);
  assert.equal(world.stored.size, 0);
});

test("a lost answer is asked for again under the same key", async () => {
  const world = new World(problem("connection_lost"), ORDER, problem("connection_lost"), {});
  assert.equal(await world.place(), "ord-1");
  assert.deepEqual(world.calls[0], world.calls[1]);
  assert.deepEqual(world.paths.slice(2), ["/api/orders/ord-1/reserve", "/api/orders/ord-1/reserve"]);
});

test("after a connection that stays lost, the same seats go by the same key, others by another", async () => {
  const lost = problem("connection_lost");
  const world = new World(lost, lost, lost, ORDER, {}, lost, lost, lost);
  await assert.rejects(world.place(), { code: "connection_lost" });
  await world.place([1, 2]);
  await assert.rejects(world.place([3]), { code: "connection_lost" });
  const keys = world.calls.filter(([path]) => path === "/api/orders").map(([, key]) => key);
  assert.deepEqual(keys, ["key-1", "key-1", "key-1", "key-1", "key-2", "key-2", "key-2"]);
});

test("a busy server is given the time it asks for", async () => {
  const busy = problem("service_unavailable", { retryAfter: 2 });
  const world = new World(busy, ORDER, busy, {});
  await world.place();
  assert.deepEqual(world.waits, [2000, 2000]);
});

test("a refused reservation leaves no order behind, and its key is not used again", async () => {
  const world = new World(ORDER, problem("seats_unavailable"), null);
  await assert.rejects(world.place(), { code: "seats_unavailable" });
  assert.equal(world.paths.at(-1), "/api/orders/ord-1/cancel");
  assert.equal(world.keys.keyFor([1, 2]), "key-2");
});

test("a refused order holds nothing that would have to be cancelled", async () => {
  const world = new World(problem("seat_limit_exceeded"));
  await assert.rejects(world.place(), { code: "seat_limit_exceeded" });
  assert.deepEqual(world.paths, ["/api/orders"]);
});

test("an old key that leads to an order that has ended is given up once", async () => {
  const world = new World({ id: "old" }, problem("order_expired"), null, ORDER, {});
  assert.equal(await world.place(), "ord-1");
  const again = new World(problem("idempotency_conflict"), problem("idempotency_conflict"));
  await assert.rejects(again.place(), { code: "idempotency_conflict" });
  assert.deepEqual(again.calls.map(([, key]) => key), ["key-1", "key-2"]);
});
