/**
 * Toss's payment window. Its loader, `@tosspayments/tosspayments-sdk`, adds Toss's own script to the page, which Toss
 * demands to come from its host; `script_url` is the sandbox's where that takes the money.
 */

import { ANONYMOUS, loadTossPayments } from "../../vendor/toss/index.esm.js";
import { WindowNotLoaded } from "../window_not_loaded.js";

const NOT_LOADED = ["ScriptLoadFailedError", "NamespaceNotAvailableError"];

/** Load the script; a second call returns what the first one has loaded. */
export async function load({ client_key, script_url }) {
  try {
    return await loadTossPayments(client_key, { src: script_url });
  } catch (error) {
    throw NOT_LOADED.includes(error.name) ? new WindowNotLoaded(error) : error;
  }
}

/** Open the window with the server's request; the tab leaves, and comes back to one of its two addresses. */
export async function open(page, request) {
  const payment = (await load(page)).payment({ customerKey: ANONYMOUS });
  const absolute = (path) => new URL(path, location.origin).href;
  await payment.requestPayment({
    ...request,
    successUrl: absolute(request.successUrl),
    failUrl: absolute(request.failUrl),
  });
}
