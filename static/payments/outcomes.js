/** What follows from the answer to a confirmation: on to another page, or once more. Pure. */

const UNFINISHED_MS = 2_000;
const LONGEST_MS = 10_000;
const LATER = new Set(["connection_lost", "service_unavailable", "too_many_requests", "internal_error"]);
const NOTHING_HAPPENED = new Set(["payment_key_used", "access_pass_required", "too_many_attempts"]);

/**
 * @typedef {{code: string, retryAfter?: number | null, extras?: Record<string, any>}} Refusal
 * @typedef {{again: number, until: "order" | "now", text: "unknown" | "connection" | "busy"}} Again  `again`: ms to
 *   wait; `until` "order": look at the order until it is not CONFIRMING any more, before asking again
 * @typedef {{page: "order"} | {page: "fail", code: string} | {page: "again"} | Again | {stop: true}} Next
 */

/**
 * @param {Refusal} error  of the call
 * @param {number} turn  how often it was asked before
 * @returns {Next}
 */
export function afterRefusal(error, turn) {
  if (error.code === "login_ended") return { stop: true };
  if (error.code === "payment_declined") return { page: "fail", code: error.extras?.provider_code || "UNKNOWN" };
  if (error.code === "deposit_refused") return { page: "fail", code: error.extras?.reason || "UNKNOWN" };
  if (error.code === "show_moved") return { page: "again" };
  if (NOTHING_HAPPENED.has(error.code)) return { page: "fail", code: error.code };
  if (error.code === "amount_mismatch" && !error.extras?.refund) return { page: "fail", code: error.code };
  if (error.code === "validation_error") return { page: "fail", code: "incomplete" };
  if (isUnfinished(error)) return { again: UNFINISHED_MS, until: "order", text: "unknown" };
  if (LATER.has(error.code)) {
    const wait = Math.min(LONGEST_MS, 1_000 * 2 ** Math.min(turn, 4));
    return { again: Math.max(wait, (error.retryAfter ?? 0) * 1_000), until: "now", text: error.code === "connection_lost" ? "connection" : "busy" };
  }
  return { page: "order" };
}

/**
 * Whether the provider has not told yet what became of the payment, of this one or of another for the same order.
 *
 * @param {Refusal} error
 */
function isUnfinished(error) {
  return error.code === "payment_unknown" || (error.code === "order_state" && error.extras?.order_status === "CONFIRMING");
}
