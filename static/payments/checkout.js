/**
 * The checkout: stores the choices, then opens the payment window with what the server answers.
 *
 * The server decides everything: the amount, the order, the addresses to return to. A second tab, a reload and the way
 * back from the payment window meet an order that is as it is, and what was chosen before lies in the order.
 *
 * @typedef {Record<string, string[]>} FieldErrors  texts by the field's name
 */

import { $, $$, data } from "../common/dom.js";
import { ConnectionLost, Problem } from "../common/errors.js";
import { gettext } from "../common/i18n.js";
import { say } from "../common/notices.js";
import { describe, showProblem } from "../common/problems.js";
import "./called-off.js";
import { endHold } from "./hold.js";
import { WindowNotLoaded } from "./window_not_loaded.js";

const page = data("page-data");
const form = $("#checkout-form");
const button = $("#pay");
const label = button.textContent;

describe("booker_limit_reached", () => ({
  title: gettext("You have as many booker profiles as an account can have"),
  detail: gettext("Choose one of them, or remove one that you no longer need."),
  actions: [{ label: gettext("My bookers"), href: "/my/bookers/" }],
}));

form.addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  if (!button.disabled) void pay();
});

form.addEventListener("change", showReceipt);
showReceipt();
setBusy(false); // until now the form would have been sent as a page

// A page that comes back from the browser's memory shows a moment that is over: the order may have been paid since.
addEventListener("pageshow", (event) => event.persisted && location.reload());
globalThis.requestIdleCallback?.(() => void paymentWindow().then(({ load }) => load(page.window)).catch(() => {}));

/** A cash receipt is asked for only where the chosen method has one, and a number only where its kind needs it. */
function showReceipt() {
  const receipt = $(".receipt", form);
  if (!receipt) return;
  const { method, receipt: kind } = form.elements;
  receipt.hidden = !receipt.dataset.methods.split(" ").includes(method.value);
  for (const [name, shownFor] of [["receipt_phone", "INCOME_DEDUCTION"], ["receipt_business", "BUSINESS_PROOF"]]) {
    form.elements[name].closest(".field").hidden = kind.value !== shownFor;
  }
}

async function pay() {
  setBusy(true);
  showErrors({});
  try {
    const { request } = await store();
    await (await paymentWindow()).open(page.window, request);
  } catch (error) {
    refused(error);
    setBusy(false);
  }
}

/** Send the form; returns the payment window's request. */
async function store() {
  const response = await send();
  if (response.type === "opaqueredirect") throw new SignedOut();
  const body = await response.json().catch(() => ({}));
  if (response.status === 422 && body.errors && !body.code) throw new Invalid(body.errors);
  if (!response.ok) throw new Problem(body, { status: response.status, retryAfter: Number(response.headers.get("Retry-After")) || null });
  return body;
}

async function send() {
  const headers = { Accept: "application/json" };
  try {
    return await fetch(form.action, { method: "POST", body: new FormData(form), credentials: "same-origin", redirect: "manual", headers });
  } catch (error) {
    throw new ConnectionLost(error);
  }
}

/**
 * The provider's own script, which the server has chosen: `load` gets ready what `open` opens.
 *
 * @returns {Promise<any>}
 */
async function paymentWindow() {
  try {
    return await import(page.window.module);
  } catch (error) {
    throw new WindowNotLoaded(error);
  }
}

/** @param {any} error */
function refused(error) {
  if (error instanceof Invalid) showErrors(error.errors);
  else if (error instanceof SignedOut) location.reload(); // the log-in page says why, and leads back here
  else if (error.code === "order_expired") endHold();
  else if (error.code === "order_state") location.replace(page.page);
  else if (error.code === "show_moved") location.replace(location.pathname); // it shows the new date, and asks
  else if (error.code === "deposit_refused") location.assign(failPage({ code: error.extras?.reason, message: "" }));
  else if (error instanceof WindowNotLoaded) notLoaded();
  else if (error instanceof Problem || error instanceof ConnectionLost) showProblem(error);
  else location.assign(failPage(error)); // what the payment window itself has refused, such as being closed
}

function notLoaded() {
  const detail = gettext("Nothing was charged. Check your network, or a blocker of scripts, and press the button again.");
  say({ title: gettext("The payment window could not be loaded"), detail }, { kind: "error", id: "window" });
}

/** @param {any} error */
function failPage(error) {
  const query = new URLSearchParams({ code: error.code ?? "UNKNOWN", message: error.message ?? "" });
  return `${page.fail_page}${page.fail_page.includes("?") ? "&" : "?"}${query}`;
}

/** @param {FieldErrors} errors */
function showErrors(errors) {
  for (const element of $$("[data-error]")) element.hidden = true;
  for (const element of $$(".field.wrong", form)) {
    element.classList.remove("wrong");
    $(".error", element)?.remove();
  }
  for (const [name, texts] of Object.entries(errors)) showError(name, texts.join(" "));
  $("[aria-invalid='true']", form)?.focus();
}

/**
 * @param {string} name
 * @param {string} text
 */
function showError(name, text) {
  const input = form.elements[name];
  const first = input instanceof RadioNodeList ? input[0] : input;
  let place = $(`[data-error="${CSS.escape(name)}"]`);
  if (!place) {
    const field = first.closest(".field");
    field.classList.add("wrong");
    place = document.createElement("p");
    place.className = "error";
    field.append(place);
  }
  place.id ||= `error-${name}`;
  place.textContent = text;
  place.hidden = false;
  first.setAttribute("aria-invalid", "true");
  first.setAttribute("aria-describedby", place.id);
}

form.addEventListener("input", (/** @type {any} */ { target }) => target.removeAttribute("aria-invalid"));

/** @param {boolean} busy */
function setBusy(busy) {
  button.disabled = busy;
  button.textContent = busy ? gettext("Opening the payment window …") : label;
}

class Invalid extends Error {
  /** @param {FieldErrors} errors */
  constructor(errors) {
    super("invalid");
    this.errors = errors;
  }
}

class SignedOut extends Error {}
