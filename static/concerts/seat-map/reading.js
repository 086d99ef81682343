// Reading the hall and its statuses, for which nobody has to be known: no token, and asked for by the page itself.
import { ConnectionLost, Problem } from "../../common/errors.js";
import { readPlan } from "./plan.js";

const ATTEMPTS = 5;

/**
 * Hall and statuses that go with each other; `onWait()` hears that it takes longer.
 *
 * @param {SeatMap.Sale} sale
 * @param {SeatMap.Patience} how
 */
export async function readHall(sale, { wait, onWait }) {
  const both = () => Promise.all([sale.plan, sale.statuses].map((path) => readPatiently(path, { wait, onWait })));
  let [columns, statuses] = await both();
  for (let tried = 0; tried < ATTEMPTS && columns.version !== statuses.layout_version; tried += 1) {
    await wait(tried * 500); // the catalogue was changed between the two
    [columns, statuses] = await both();
  }
  return { plan: readPlan(columns), statuses };
}

/**
 * Read until it is there: a moment's overload or loss is waited out.
 *
 * @param {string} path
 * @param {SeatMap.Patience} how
 * @returns {Promise<any>}
 */
async function readPatiently(path, { wait, onWait }) {
  for (let tried = 1; ; tried += 1) {
    try {
      return await read(path);
    } catch (error) {
      if (tried === ATTEMPTS || error.code === "not_found") throw error;
      onWait();
      await wait(1000 * (error.retryAfter ?? tried));
    }
  }
}

/** @param {string} path */
async function read(path) {
  let response;
  try {
    response = await fetch(path);
    if (response.ok) return await response.json();
  } catch (error) {
    throw new ConnectionLost(error);
  }
  const problem = await response.json().catch(() => ({}));
  const code = response.status >= 500 ? "service_unavailable" : "not_found";
  const retryAfter = Number(response.headers.get("Retry-After")) || null;
  throw new Problem({ code, ...problem }, { status: response.status, retryAfter });
}
