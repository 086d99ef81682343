// The parts of the seat map that need no browser: plan, shapes, camera, grid, states, choice.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Camera } from "../../static/concerts/seat-map/camera.js";
import { Choice } from "../../static/concerts/seat-map/choice.js";
import { boundsOf, isInside, outlineOf } from "../../static/concerts/seat-map/outline.js";
import { AVAILABLE, blocksOf, HELD, MINE, readPlan, SOLD, seatsById } from "../../static/concerts/seat-map/plan.js";
import { SeatGrid } from "../../static/concerts/seat-map/seat-grid.js";
import { SeatStates } from "../../static/concerts/seat-map/seat-states.js";

/** A section of rows of seats 55 cm apart, an aisle after seat 2, as the server sends it. */
function section({ id = 1, rows = 2, seats = 5, price = 1000, grade = "R", firstId = 100, x = 0, y = 400 } = {}) {
  const places = [...Array(rows * seats).keys()].map((i) => ({
    id: firstId + i,
    number: (i % seats) + 1,
    x: x + 55 * (i % seats) + (i % seats >= 2 ? 100 : 0),
    y: y + 95 * Math.floor(i / seats),
  }));
  const column = (name) => places.map((place, i) => place[name] - (i ? places[i - 1][name] : 0));
  return {
    id,
    code: `S${id}`,
    name: `Section ${id}`,
    grade,
    price,
    color: "#123456",
    rows: [...Array(rows).keys()].map((row) => [String(row + 1), seats]),
    ids: column("id"),
    numbers: column("number"),
    x: column("x"),
    y: column("y"),
    accessible: [0],
  };
}

function twoSections() {
  const sections = [section(), section({ id: 2, price: 2000, grade: "VIP", firstId: 500, y: 900 })];
  return readPlan({ performance_id: 1, version: 3, sections });
}

test("a plan in columns is read into places, rows, sections and grades", () => {
  const plan = twoSections();
  assert.equal(plan.count, 20);
  assert.deepEqual([plan.ids[0], plan.ids[9], plan.ids[10]], [100, 109, 500]);
  assert.deepEqual([plan.numbers[6], plan.rows[plan.rowOf[6]].label, plan.sectionOf[12]], [2, "2", 1]);
  assert.deepEqual([plan.x[7], plan.y[7]].map((metres) => Math.round(metres * 100)), [210, 495]);
  assert.deepEqual(plan.grades.map(({ name, price }) => [name, price]), [["VIP", 2000], ["R", 1000]]);
  assert.deepEqual([plan.gradeOf[0], plan.gradeOf[10], plan.accessible[10], plan.accessible[11]], [1, 0, 1, 0]);
  assert.equal(seatsById(plan).get(501), 11);
});

test("rows are cut where an aisle is", () => {
  const blocks = blocksOf(twoSections()).map(({ first, last }) => [first, last]);
  assert.deepEqual(blocks.slice(0, 4), [[0, 1], [2, 4], [5, 6], [7, 9]]);
});

test("a section's shape holds its seats, and no seat of another section", () => {
  const plan = twoSections();
  for (const one of plan.sections) {
    const outline = outlineOf(plan, one);
    for (let seat = 0; seat < plan.count; seat += 1) {
      assert.equal(isInside(outline, plan.x[seat], plan.y[seat]), plan.sectionOf[seat] === one.index, `seat ${seat}`);
    }
  }
});

test("a section of single seats has a shape too", () => {
  const plan = readPlan({ version: 1, sections: [section({ rows: 3, seats: 1 })] });
  assert.ok(isInside(outlineOf(plan, plan.sections[0]), plan.x[1], plan.y[1]));
});

test("the grid finds the nearest seat, and every seat of a rectangle", () => {
  const plan = twoSections();
  const grid = new SeatGrid(plan, boundsOf(plan, 0, plan.count, 1));
  for (let seat = 0; seat < plan.count; seat += 1) {
    assert.equal(grid.nearest(plan.x[seat] + 0.1, plan.y[seat] - 0.1, 0.4), seat);
  }
  assert.equal(grid.nearest(50, 50, 1), -1);
  const into = new Uint32Array(plan.count);
  assert.equal(grid.collect(-9, -9, 99, 99, into), 20);
  assert.deepEqual([...into].sort((a, b) => a - b), [...Array(20).keys()]);
});

test("zooming keeps what is under the finger there", () => {
  const camera = new Camera();
  camera.setWorld([-50, 0, 50, 80], 400, 600);
  camera.showAll();
  const [x, y] = [camera.worldX(250), camera.worldY(320)];
  camera.zoomAt(250, 320, 3);
  assert.ok(Math.abs(camera.screenX(x) - 250) < 1e-9);
  assert.ok(Math.abs(camera.screenY(y) - 320) < 1e-9);
});

test("the hall cannot be lost from view, however far it is pushed or shrunk", () => {
  const camera = new Camera();
  camera.setWorld([-50, 0, 50, 80], 400, 600);
  for (const [x, y, factor] of [[9e9, 9e9, 1], [-9e9, -9e9, 50], [5e9, -5e9, 0.001], [3, 3, 1e9]]) {
    camera.pan(x, y);
    camera.zoomAt(10, 10, factor);
    assert.ok(camera.worldX(0) < 50 && camera.worldX(400) > -50);
    assert.ok(camera.worldY(0) < 80 && camera.worldY(600) > 0);
    assert.ok(camera.scale >= camera.smallest && camera.scale <= camera.largest);
  }
});

test("revealing moves no further than it must", () => {
  const camera = new Camera();
  camera.setWorld([-50, 0, 50, 80], 400, 600);
  camera.scale = 20;
  assert.equal(camera.reveal(camera.x + 1, camera.y, 40), false);
  assert.equal(camera.reveal(camera.x + 30, camera.y, 40), true);
  assert.ok(Math.abs(camera.screenX(camera.x + 8) - 360) < 1e-9);
});

test("states are loaded, changed by news, and counted by section and grade", () => {
  const plan = twoSections();
  const states = new SeatStates(plan);
  states.load(`H${"A".repeat(9)}SB${"A".repeat(8)}`, 7);
  assert.deepEqual([...states.freeOfSection], [9, 8]);

  const changed = states.apply([[100, "AVAILABLE"], [502, "SOLD"], [999, "SOLD"], [501, "BLOCKED"]], 9);

  assert.deepEqual(changed, [0, 12]);
  assert.deepEqual([states.codes[0], states.codes[12], states.version], [AVAILABLE, SOLD, 9]);
  assert.deepEqual([...states.freeOfSection], [10, 7]);
  assert.deepEqual([...states.freeOfGrade], [7, 10]);
});

test("news that is older than what is known changes nothing", () => {
  const states = new SeatStates(twoSections());
  states.load("A".repeat(20), 7);
  assert.deepEqual(states.apply([[100, "SOLD"]], 6), []);
  assert.equal(states.version, 7);
});

test("what others see as held is the customer's own where it is", () => {
  const states = new SeatStates(twoSections());
  states.load(`HH${"A".repeat(18)}`, 7);
  assert.deepEqual(states.own([1]), [1]);
  states.apply([[101, "HELD"], [102, "HELD"], [103, "MINE"]], 8);
  assert.deepEqual([...states.codes.slice(0, 4)], [HELD, MINE, HELD, MINE]);
  assert.deepEqual(states.own([]), [1, 3]);
});

test("a choice keeps to the limit, sums up, and tells each change once", () => {
  const calls = [];
  const choice = new Choice({ limit: 2, priceOf: (seat) => seat * 100 });
  choice.onChange((seats) => calls.push(seats));

  assert.deepEqual([choice.add(3), choice.add(3), choice.add(4), choice.add(5)], [true, true, true, false]);
  assert.deepEqual([choice.seats, choice.total], [[3, 4], 700]);
  assert.deepEqual(choice.remove(9, 4), [4]);
  choice.replace([1, 2, 3]);

  assert.deepEqual(choice.seats, [1, 2]);
  assert.deepEqual(calls, [[3], [4], [4], [3, 1, 2]]);
});
