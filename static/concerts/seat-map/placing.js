// From chosen seats to a held order: placed under a key, so that a repeat makes no second order, then reserved.
// Everything from outside is handed in, so that node can test it.

const ATTEMPTS = 3;
const LONGEST_WAIT_SECONDS = 10;
const START_ANEW = new Set(["idempotency_conflict", "order_expired", "order_state"]);

/** The key of an attempt: the same for the same seats until the server has said yes or no to them. */
export class PlacingKeys {
  #store;
  #name;
  #make;

  /**
   * `store` is like sessionStorage: a key outlives a reload of the page.
   *
   * @param {Pick<Storage, "getItem" | "setItem" | "removeItem">} store
   * @param {number} performanceId
   * @param {() => string} make
   */
  constructor(store, performanceId, make) {
    this.#store = store;
    this.#name = `placing-${performanceId}`;
    this.#make = make;
  }

  /** @param {number[]} seatIds */
  keyFor(seatIds) {
    const wanted = [...seatIds].sort((a, b) => a - b).join(",");
    const [key, seats] = (this.#store.getItem(this.#name) ?? "").split(" ");
    if (seats === wanted) return key;
    const made = this.#make();
    this.#store.setItem(this.#name, `${made} ${wanted}`);
    return made;
  }

  forget() {
    this.#store.removeItem(this.#name);
  }
}

/**
 * Place an order for these seats and reserve it; resolves to its id.
 *
 * A lost connection and a busy server are tried again a few times with the same key. Rejects with the last error; the
 * order of a refused reservation is cancelled. An order that an earlier key has left behind is given up once.
 *
 * @param {{performanceId: number, seatIds: number[]}} wanted
 * @param {SeatMap.PlacingOutside} outside
 */
export async function placeAndReserve({ performanceId, seatIds }, outside) {
  try {
    return await attempt({ performanceId, seatIds }, outside);
  } catch (error) {
    if (!START_ANEW.has(error.code)) throw error;
    return attempt({ performanceId, seatIds }, outside);
  }
}

/**
 * @param {SeatMap.Wanted} wanted
 * @param {SeatMap.PlacingOutside} outside
 */
async function attempt({ performanceId, seatIds }, outside) {
  const { call, keys } = outside;
  const idempotencyKey = keys.keyFor(seatIds);
  /** @type {any} */
  let order = null;
  try {
    const body = { performance_id: performanceId, seat_ids: seatIds };
    order = await patiently(() => call("/api/orders", { method: "POST", body, idempotencyKey }), outside);
    await patiently(() => call(`/api/orders/${order.id}/reserve`, { method: "POST" }), outside);
    keys.forget();
    return order.id;
  } catch (error) {
    if (error.code === "connection_lost" || error.code === "service_unavailable") throw error;
    keys.forget();
    if (order) await call(`/api/orders/${order.id}/cancel`, { method: "POST", body: {} }).catch(() => {}); // it holds nothing
    throw error;
  }
}

/**
 * @param {() => Promise<any>} ask
 * @param {SeatMap.PlacingOutside} outside
 */
async function patiently(ask, { wait, onWait }) {
  for (let tried = 1; ; tried += 1) {
    try {
      return await ask();
    } catch (error) {
      const isPassing = error.code === "connection_lost" || error.code === "service_unavailable";
      if (!isPassing || tried === ATTEMPTS) throw error;
      const seconds = Math.min(LONGEST_WAIT_SECONDS, error.retryAfter ?? tried);
      onWait(seconds);
      await wait(seconds * 1000);
    }
  }
}
