/** Cancelling: the sum follows the choice, and a form is sent once. Without this script the form has a button for it. */

import { call } from "../common/api.js";
import { $, $$, data } from "../common/dom.js";
import { won } from "../common/money.js";
import { showProblem } from "../common/problems.js";
import "./called-off.js";

for (const form of $$("form[data-once]")) {
  let isSent = false;
  form.addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
    if (isSent) event.preventDefault();
    isSent = true;
  });
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}

const form = $("#cancel-form");
form?.addEventListener("change", (/** @type {any} */ { target }) => target.name === "line" && void showSum());

/** @type {AbortController | null} */
let asking = null;

/** Show what the present choice costs and gives back, as the server says it. */
async function showSum() {
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  const sum = $("#sum");
  const submit = $("#cancel");
  const lines = $$("[name='line']:checked", form).map((box) => Number(box.value));
  form.elements.agree.checked = false; // what was agreed to was another sum
  sum.setAttribute("aria-busy", "true");
  submit.disabled = true;
  try {
    const shown = lines.length ? (await call(data("page-data").preview, { method: "POST", body: { line_ids: lines }, signal })).refund : { fee: 0, amount: 0, given_before: 0 };
    $("[data-sum='price']", sum).textContent = won(shown.fee + shown.amount + shown.given_before);
    $("[data-row='given_before']", sum).hidden = !shown.given_before;
    $("[data-sum='given_before']", sum).textContent = `−${won(shown.given_before)}`;
    $("[data-sum='fee']", sum).textContent = `${shown.fee ? "−" : ""}${won(shown.fee)}`;
    $("[data-sum='refund']", sum).textContent = won(shown.amount);
    form.elements.agreed_refund.value = shown.amount;
    submit.disabled = !lines.length;
    sum.removeAttribute("aria-busy");
  } catch (error) {
    if (signal.aborted) return;
    if (["nothing_to_cancel", "order_state", "cancellation_closed", "whole_refund_only"].includes(error.code)) location.reload();
    else showProblem(error);
  }
}
