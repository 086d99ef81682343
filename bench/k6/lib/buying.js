/** From seats that are wanted to tickets, or to the word that somebody else was faster. */
import { Counter } from "k6/metrics";
import { call, canPay } from "./site.js";

const LOST = 409; // seats_unavailable: somebody else has them

export const tickets = new Counter("tickets"); // paid, and acknowledged as such
export const lost = new Counter("lost"); // told that somebody else has the seats
export const givenBack = new Counter("given_back"); // held and given back, where there is no sandbox to pay in

/** Ids of all free seats, by price level as the map has them. */
export async function freeSeats(as, performanceId) {
  const answer = await call("seats", { as, path: { performance_id: performanceId } });
  return (answer.body.sections || []).flatMap((section) =>
    section.seats.filter((seat) => seat.status === "AVAILABLE").map((seat) => seat.id));
}

/**
 * Hold these seats: order, then reserve.
 *
 * Returns the order as reserved, or null when somebody else has one of the seats; `undefined` for any other end, which
 * has been counted by `call`.
 */
export async function hold(as, performanceId, seatIds) {
  const wanted = { performance_id: performanceId, seat_ids: seatIds };
  const placed = await call("order", { as, body: wanted, expect: [201, LOST] });
  if (placed.status === LOST) return isTaken(placed) ? null : undefined;
  if (placed.status !== 201) return undefined;
  const order = { id: placed.body.id, amount: placed.body.amount };
  const reserved = await call("reserve", { as, path: { order_id: order.id }, expect: [200, LOST] });
  if (reserved.status === LOST) return isTaken(reserved) ? null : undefined;
  return reserved.body.status === "RESERVED" ? order : undefined;
}

const isTaken = (answer) => answer.code === "seats_unavailable";

/** Pay for a reserved order, or give it back where there is no sandbox. Returns whether it came to the end it should. */
export async function finish(as, order) {
  if (!canPay) {
    const answer = await call("cancel", { as, path: { order_id: order.id } });
    givenBack.add(answer.status === 200 ? 1 : 0);
    return answer.status === 200;
  }
  const opened = await call("payment_window", { body: { orderId: order.id, amount: order.amount } });
  const paid = { paymentKey: opened.body.paymentKey, orderId: order.id, amount: order.amount };
  const answer = await call("confirm", { as, body: paid });
  const isPaid = answer.status === 200 && answer.body.order && answer.body.order.status === "PAID";
  tickets.add(isPaid ? 1 : 0);
  return Boolean(isPaid);
}

/** Hold `count` seats out of those that are free, looking again when others were faster. Returns as `hold`. */
export async function holdSome(as, performanceId, { count = 1, tries = 10 } = {}) {
  for (let left = tries; left > 0; left -= 1) {
    const free = await freeSeats(as, performanceId);
    if (free.length < count) return null;
    const first = Math.floor(Math.random() * (free.length - count + 1));
    const order = await hold(as, performanceId, free.slice(first, first + count));
    if (order !== null) return order;
    lost.add(1);
  }
  return null;
}
