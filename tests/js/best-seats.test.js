// The seats that are proposed, against every choice there is in small halls, and against its promises in random ones.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bestSeats, costFromSeats, costFromStage, singlesLeft } from "../../static/concerts/seat-map/best-seats.js";

/** A hall from rows of text, the stage above: "." is free, "x" taken, a blank an aisle. */
function hall(...rows) {
  const x = [];
  const y = [];
  const free = [];
  const blocks = [];
  rows.forEach((row, depth) => {
    let first = free.length;
    const middle = (row.length - 1) / 2;
    [...row, " "].forEach((mark, place) => {
      if (mark === " ") {
        if (free.length > first) blocks.push({ first, last: free.length - 1 });
        first = free.length;
        return;
      }
      free.push(mark === ".");
      x.push(place - middle);
      y.push(depth + 1);
    });
  });
  return { blocks, x, y, isFree: (seat) => free[seat], count: free.length };
}

function pick({ blocks, ...rest }, count, cost = costFromStage(rest)) {
  return bestSeats(blocks, { ...rest, count, cost });
}

function partsOf({ blocks }, seats) {
  const chosen = new Set(seats);
  let parts = 0;
  for (const { first, last } of blocks) {
    for (let seat = first; seat <= last; seat += 1) {
      if (chosen.has(seat) && !(seat > first && chosen.has(seat - 1))) parts += 1;
    }
  }
  return parts;
}

function singlesOf({ blocks, isFree }, seats) {
  return singlesLeft(blocks, { isFree, chosen: new Set(seats) }).length;
}

/** Every choice of `count` free seats. */
function* choices({ count: total, isFree }, count, from = 0) {
  if (count === 0) yield [];
  for (let seat = from; seat < total && count > 0; seat += 1) {
    if (!isFree(seat)) continue;
    for (const rest of choices({ count: total, isFree }, count - 1, seat + 1)) yield [seat, ...rest];
  }
}

function fewest(house, count) {
  let best = null;
  for (const seats of choices(house, count)) {
    const found = { parts: partsOf(house, seats), singles: singlesOf(house, seats) };
    const isBetter =
      best === null || found.parts < best.parts || (found.parts === best.parts && found.singles < best.singles);
    if (isBetter) best = found;
  }
  return best;
}

function patterns(length) {
  return Array.from({ length: 2 ** length }, (_, bits) =>
    [...Array(length).keys()].map((place) => ((bits >> place) & 1 ? "." : "x")).join(""),
  );
}

function check(house, count, name) {
  const found = pick(house, count);
  const best = fewest(house, count);
  if (best === null) {
    assert.equal(found, null, name);
    return;
  }
  assert.equal(new Set(found.seats).size, count, name);
  assert.ok(found.seats.every(house.isFree), name);
  assert.deepEqual({ parts: found.parts, singles: found.singles }, best, name);
  assert.deepEqual({ parts: partsOf(house, found.seats), singles: singlesOf(house, found.seats) }, best, name);
}

test("in every row of eight seats no choice has fewer parts, and none of as many leaves fewer single seats", () => {
  for (const row of patterns(8)) for (let count = 1; count <= 5; count += 1) check(hall(row), count, `${count}: ${row}`);
});

test("the same holds in every hall of two rows, one with an aisle", () => {
  for (const front of patterns(4)) {
    for (const back of patterns(4)) {
      const house = hall(front, `${back.slice(0, 2)} ${back.slice(2)}`);
      for (let count = 1; count <= 4; count += 1) check(house, count, `${count}: ${front} / ${back}`);
    }
  }
});

/** The same numbers in every run. */
function dice(seed) {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

test("in halls of any shape the promises are kept, and among equal choices together the best is taken", () => {
  const roll = dice(7);
  for (let round = 0; round < 300; round += 1) {
    const rows = Array.from({ length: 1 + roll(6) }, () =>
      Array.from({ length: 1 + roll(16) }, () => "..x "[roll(4)]).join(""),
    );
    const house = hall(...rows);
    const count = 1 + roll(6);
    const found = pick(house, count);
    const windows = house.blocks.flatMap(({ first, last }) =>
      Array.from({ length: Math.max(0, last - first - count + 2) }, (_, i) =>
        Array.from({ length: count }, (_unused, j) => first + i + j),
      ).filter((seats) => seats.every(house.isFree)),
    );
    if (windows.length === 0) {
      assert.ok(found === null || found.parts > 1, rows.join("/"));
      continue;
    }
    const cost = costFromStage(house);
    const sum = (seats) => seats.reduce((total, seat) => total + cost(seat), 0);
    const least = Math.min(...windows.map((seats) => singlesOf(house, seats)));
    const lowest = Math.min(...windows.filter((seats) => singlesOf(house, seats) === least).map(sum));
    assert.equal(found.parts, 1);
    assert.equal(found.singles, least);
    assert.ok(Math.abs(sum(found.seats) - lowest) < 1e-9, rows.join("/"));
  }
});

test("in an empty hall two people sit in the middle of the front", () => {
  const house = hall("........", "........");
  assert.deepEqual(pick(house, 2).seats, [3, 4]);
});

test("nobody is left alone beside the proposal, even if a better view is given up for it", () => {
  const house = hall("...", "xxx....xxx");
  assert.deepEqual(pick(house, 2).seats.map(house.isFree), [true, true]);
  assert.equal(pick(house, 2).singles, 0);
  assert.ok(pick(house, 2).seats[0] > 2);
});

test("an aisle does not make neighbours", () => {
  const house = hall("xx. .xx", "..");
  assert.deepEqual(pick(house, 2).seats, [6, 7]);
});

test("who cannot sit together sits close", () => {
  const house = hall(".xxxxxxxx.", "x.xxxxxxxx");
  assert.deepEqual(pick(house, 2, () => 1).seats, [0, 11]);
});

test("more seats than are free are not proposed", () => {
  assert.equal(pick(hall("x.x", "..x"), 4), null);
  assert.equal(pick(hall(), 1), null);
});

test("next to lost seats, the nearest ones come first", () => {
  const house = hall("..........", "..........");
  assert.deepEqual(pick(house, 2, costFromSeats(house, [18, 19])).seats, [18, 19]);
});

test("a choice that leaves one seat alone is seen; one that was alone before is nobody's fault", () => {
  const house = hall("x.x....", "....");
  const left = (...seats) => singlesLeft(house.blocks, { isFree: house.isFree, chosen: new Set(seats) });
  assert.deepEqual(left(4, 5), [3, 6]);
  assert.deepEqual(left(3, 4), []);
  assert.deepEqual(left(8), [7]);
  assert.deepEqual(left(), []);
});

test("ten thousand seats with hardly a free one take no noticeable time", () => {
  const roll = dice(3);
  const rows = Array.from({ length: 200 }, () => Array.from({ length: 50 }, () => (roll(3) ? "x" : ".")).join(""));
  const found = pick(hall(...rows), 10);
  assert.equal(found.seats.length, 10);
  assert.ok(found.parts > 1);
});
