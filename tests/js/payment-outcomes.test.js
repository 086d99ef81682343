// What a page does after the confirmation of a payment was refused, or its answer was lost.
import assert from "node:assert/strict";
import { test } from "node:test";
import { afterRefusal } from "../../static/payments/outcomes.js";

const refusal = (code, extras = {}, retryAfter = null) => ({ code, extras, retryAfter });

test("a declined payment leads to the page that says why, and back to the checkout", () => {
  assert.deepEqual(afterRefusal(refusal("payment_declined", { provider_code: "REJECT_CARD_COMPANY" }), 0), {
    page: "fail",
    code: "REJECT_CARD_COMPANY",
  });
});

test("a deposit that is not taken leads to the page that says why, by the server's words", () => {
  assert.deepEqual(afterRefusal(refusal("deposit_refused", { reason: "DEPOSITS_OF_SHOW" }), 0), {
    page: "fail",
    code: "DEPOSITS_OF_SHOW",
  });
});

test("a show that was moved meanwhile is shown with its new date before anything is confirmed", () => {
  assert.deepEqual(afterRefusal(refusal("show_moved", { moved_at: "2026-12-01T10:00:00+00:00" }), 0), { page: "again" });
});

test("what left the order as it was leads there too", () => {
  for (const code of ["payment_key_used", "access_pass_required", "too_many_attempts", "amount_mismatch"]) {
    assert.deepEqual(afterRefusal(refusal(code), 0), { page: "fail", code });
  }
  assert.deepEqual(afterRefusal(refusal("validation_error"), 0), { page: "fail", code: "incomplete" });
});

test("what ended the order is told by the order's page", () => {
  for (const [code, extras] of [
    ["order_expired", {}],
    ["seats_unavailable", { refund: { amount: 1 } }],
    ["seats_unavailable", {}],
    ["amount_mismatch", { refund: { amount: 1 } }],
    ["order_state", { order_status: "PAID" }],
    ["not_found", {}],
  ]) {
    assert.deepEqual(afterRefusal(refusal(code, extras), 0), { page: "order" }, code);
  }
});

test("while nobody knows, the order is watched before the question is put again", () => {
  for (const error of [refusal("payment_unknown"), refusal("order_state", { order_status: "CONFIRMING" })]) {
    const next = afterRefusal(error, 3);
    assert.equal(next.until, "order");
    assert.equal(next.text, "unknown");
  }
});

test("a lost answer is asked for again, each time a little later, and never given up", () => {
  const waits = [0, 1, 2, 3, 4, 50].map((turn) => afterRefusal(refusal("connection_lost"), turn).again);
  assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  assert.equal(afterRefusal(refusal("connection_lost"), 0).text, "connection");
});

test("a platform that is busy says when to come back", () => {
  for (const code of ["service_unavailable", "too_many_requests", "internal_error"]) {
    assert.equal(afterRefusal(refusal(code, {}, 7), 0).again, 7_000);
    assert.equal(afterRefusal(refusal(code, {}, 7), 0).until, "now");
  }
});

test("an ended log-in stops the asking", () => {
  assert.deepEqual(afterRefusal(refusal("login_ended"), 0), { stop: true });
});
