// The help panel's own rules: what the line says, what a page proposes, what may be sent.
import assert from "node:assert/strict";
import { test } from "node:test";
import { after, isOpen, isWaiting, proposedSubject } from "../../static/counseling/help/sessions.js";
import { meansSend } from "../../static/counseling/talk/composer.js";
import { MAX_BYTES, sizeText, whyNot } from "../../static/counseling/talk/files.js";

const asked = { id: 3, status: "WAITING", counselor: null, position: null, eta_seconds: null };

test("a conversation goes through the line to its counselor and its end", () => {
  const queued = after(asked, { type: "QUEUED", session_id: 3, position: 2, eta_seconds: 90, inquiry_offered: true });
  assert.deepEqual([queued.position, queued.eta_seconds, queued.inquiry_offered], [2, 90, true]);
  assert.ok(isWaiting(queued));

  const assigned = after(queued, { type: "ASSIGNED", session_id: 3, counselor: { id: 9, name: "Hana" } });
  assert.deepEqual([assigned.status, assigned.counselor.name, assigned.position], ["IN_PROGRESS", "Hana", null]);

  const returned = after(assigned, { type: "RETURNED", session_id: 3, position: 1, eta_seconds: null });
  assert.deepEqual([returned.status, returned.counselor, returned.position], ["WAITING", null, 1]);

  const ended = after(assigned, { type: "ENDED", session_id: 3, reason: "counselor" });
  assert.deepEqual([ended.status, ended.end_reason, isOpen(ended)], ["ENDED", "counselor", false]);
});

test("whoever leaves the line, or asks in writing, had no conversation", () => {
  for (const reason of ["left_line", "inquiry"]) {
    assert.equal(after(asked, { type: "ENDED", session_id: 3, reason }).status, "ABANDONED");
  }
});

test("an event of a kind that is not known changes nothing", () => {
  assert.equal(after(asked, { type: "NEWS", session_id: 3 }), asked);
});

test("a page proposes what it is about", () => {
  const orderText = (order) => `order ${order}`;
  const propose = (path, named = "", heading = " When waves\n turn ") => proposedSubject({ named, path, heading, orderText });
  assert.equal(propose("/orders/ab_C-123/"), "order ab_C-123");
  assert.equal(propose("/orders/ab_C-123/payment/fail/"), "order ab_C-123");
  assert.equal(propose("/performances/7/seats/"), "When waves turn");
  assert.equal(propose("/my/"), "");
  assert.equal(propose("/my/", "My own words"), "My own words");
});

test("Enter sends by itself only, and never the one that ends a Korean syllable", () => {
  const enter = { key: "Enter", keyCode: 13 };
  assert.ok(meansSend(enter, { isTouch: false }));
  for (const other of [{ shiftKey: true }, { ctrlKey: true }, { altKey: true }, { metaKey: true }, { isComposing: true }, { keyCode: 229 }, { key: "a" }]) {
    assert.ok(!meansSend({ ...enter, ...other }, { isTouch: false }), JSON.stringify(other));
  }
  assert.ok(!meansSend(enter, { isTouch: true }));
});

test("files that cannot be sent are told before they are", () => {
  assert.equal(whyNot({ name: "a.png", type: "image/png", size: MAX_BYTES }), null);
  assert.equal(whyNot({ name: "unknown", type: "", size: 1 }), null); // the server looks at its content
  assert.match(whyNot({ name: "a.exe", type: "application/x-msdownload", size: 1 }), /a\.exe.*cannot be sent/);
  assert.match(whyNot({ name: "a.png", type: "image/png", size: 0 }), /empty/);
  assert.match(whyNot({ name: "a.png", type: "image/png", size: MAX_BYTES + 1 }), /too large \(5\.0 MB\)/);
  assert.deepEqual([900, 2_048, 1_572_864].map(sizeText), ["900 B", "2 KB", "1.5 MB"]);
});
