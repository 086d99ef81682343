// The parts of the catalogue's admin pages that need no browser: halls, ranges, prices, plans, the line's history.
import assert from "node:assert/strict";
import { test } from "node:test";
import { crosses, dots, Hall, ranges } from "../../static/concerts/admin/hall.js";
import { byMinute, duration, joinPoints, lastMinutes } from "../../static/concerts/admin/line-history.js";
import { readNumbers, readRows, readSeats, readSection, sectionFields, writePlan } from "../../static/concerts/admin/plan-text.js";
import { readPrices, writePrices } from "../../static/concerts/admin/price-text.js";

/** Two sections of 2 rows of 3 seats, half a metre apart; B stands ten metres behind A. */
function drawing() {
  const section = (code, y, first) => ({
    code,
    name: `${code}구역`,
    rows: ["1", "2"],
    row: [0, 0, 0, 1, 1, 1],
    number: [1, 2, 3, 1, 2, 3],
    x: [-0.5, 0, 0.5, -0.5, 0, 0.5],
    y: [y, y, y, y + 1, y + 1, y + 1],
    ordinal: [0, 1, 2, 3, 4, 5].map((i) => first + i),
    accessible: [5],
  });
  return { name: "홀", seat_count: 12, sections: [section("A", 4, 0), section("B", 14, 6)] };
}

test("a seat is found where it stands, and nowhere else", () => {
  const hall = new Hall(drawing());
  assert.equal(hall.nearest(0.1, 4.1), 1);
  assert.equal(hall.nearest(0.3, 14.9), hall.byOrdinal.get(11));
  assert.equal(hall.nearest(3, 4), -1);
  assert.equal(hall.nearest(0, 9), -1);
});

test("a rectangle holds the seats within it, whichever corner it began at", () => {
  const hall = new Hall(drawing());
  assert.deepEqual(hall.inside(-0.6, 3, 0.1, 4.5), [0, 1]);
  assert.deepEqual(hall.inside(0.1, 4.5, -0.6, 3), [0, 1]);
  assert.deepEqual(hall.inside(5, 5, 6, 6), []);
});

test("a seat has the name that is printed on it", () => {
  const hall = new Hall(drawing());
  assert.deepEqual(hall.nameOf(10), { section: "B구역", row: "2", number: 2 });
  assert.deepEqual(hall.rows(1), [["1", [6, 7, 8]], ["2", [9, 10, 11]]]);
  assert.deepEqual(hall.accessible, [5, 11]);
});

test("the drawing has room for the stage and every seat", () => {
  const { left, right, top, bottom } = new Hall(drawing()).bounds;
  assert.ok(left <= -0.5 && right >= 0.5 && top <= -2 && bottom === 15);
});

test("seats become one path", () => {
  const hall = new Hall(drawing());
  assert.equal(dots(hall, [0, 4]), "M-0.50 4.00h0M0.00 5.00h0");
  assert.equal(crosses(hall, [1]).match(/M/g).length, 1);
  assert.equal(dots(hall, []), "");
});

test("ordinals are sent as ranges", () => {
  assert.equal(ranges([5, 1, 2, 3, 9, 3]), "1-3,5,9");
  assert.equal(ranges([]), "");
});

test("prices are read and written as the server reads them", () => {
  const text = "VIP 165000 #7c3aed: F1, F2\nR 99000: 101";
  const grades = readPrices(text);
  assert.deepEqual(grades[0], { name: "VIP", price: 165000, color: "#7c3aed", sections: ["F1", "F2"] });
  assert.equal(writePrices(grades), "VIP 165000 #7c3aed: F1, F2\nR 99000 #6b7280: 101");
  assert.equal(writePrices([{ name: "전 석", price: 0, color: "#000000", sections: ["A"] }]), "전석 0 #000000: A");
  assert.equal(writePrices([{ name: "R", price: 5, color: "#000000", sections: [] }]), "");
});

test("the fields of a section are numbers where they can be, and lists where there are several", () => {
  assert.equal(readRows("12"), 12);
  assert.deepEqual(readRows("가, 나 다"), ["가", "나", "다"]);
  assert.deepEqual(readRows("A"), ["A"]);
  assert.equal(readSeats("20"), 20);
  assert.deepEqual(readSeats("24, 26"), [24, 26]);
  assert.deepEqual(readNumbers("6, x"), [6, "x"]);
});

test("a section goes through the form unchanged", () => {
  const section = { code: "B", name: "2층", level: 2, rows: ["가", "나"], seats: [24, 26], aisles: [6], accessible: ["가-1"] };
  assert.deepEqual(readSection(sectionFields(section)), section);
  const plain = { code: "A", rows: 12, seats: 20 };
  assert.deepEqual(readSection(sectionFields(plain)), plain);
});

test("a plan is written as YAML that can be read as nothing else", () => {
  const yaml = writePlan({
    name: "소극장: 달빛",
    city: "서울",
    sections: [{ code: "101", name: "1층", rows: ["1", "no"], seats: [3, 4], accessible: ["1-1"] }, { code: "A", rows: 2, seats: 2 }],
  });
  assert.equal(yaml, [
    'name: "소극장: 달빛"',
    "city: 서울",
    "sections:",
    '  - {code: "101", name: "1층", rows: ["1", "no"], seats: [3, 4], accessible: [1-1]}',
    "  - {code: A, rows: 2, seats: 2}",
    "",
  ].join("\n"));
});

const minutesOfPoints = (count, step = 5) => [...Array(count).keys()].map((i) => ({ at: 1000 + step * i }));

test("points are joined once each, and the oldest go", () => {
  const known = minutesOfPoints(3);
  assert.deepEqual(joinPoints(known, [{ at: 1010 }, { at: 1015 }], 11).map(({ at }) => at), [1005, 1010, 1015]);
  assert.deepEqual(joinPoints([], [], 10), []);
});

test("a long stretch is thinned, and its newest point stays", () => {
  const points = minutesOfPoints(1440);
  const drawn = lastMinutes(points, 120, 100);
  assert.ok(drawn.length <= 100);
  assert.equal(drawn.at(-1), points.at(-1));
  assert.equal(lastMinutes(points, 1).length, 12);
});

test("the table has one line a minute, the newest first", () => {
  assert.deepEqual(byMinute([{ at: 60 }, { at: 65 }, { at: 125 }]).map(({ at }) => at), [125, 65]);
});

test("waits are told as clocks tell them", () => {
  assert.equal(duration(75), "1:15");
  assert.equal(duration(3700), "1:01:40");
  assert.equal(duration(0), "0:00");
});
