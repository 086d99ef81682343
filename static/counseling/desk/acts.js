// What a counselor may do with a customer's order: each asked about once more, a cancellation with its price first.
import { call } from "../../common/api.js";
import { ask } from "../../common/dialog.js";
import { h } from "../../common/dom.js";
import { gettext, interpolate, ngettext } from "../../common/i18n.js";
import { won } from "../../common/money.js";
import { say } from "../../common/notices.js";
import { describe, messageOf, showProblem } from "../../common/problems.js";
import { attempt, settings } from "./context.js";

describe("hold_already_extended", () => ({
  title: gettext("This hold has been extended before"),
  detail: gettext("A hold can be extended once. Help the customer to pay in the time that is left."),
}));
describe("refund_account_required", () => ({
  title: gettext("A bank account is needed"),
  detail: gettext("This order was paid by a deposit. The customer cancels it at “My orders”, where the account for the refund is asked for."),
}));
describe("cancellation_closed", () => ({
  title: gettext("It is too late to cancel"),
  detail: gettext("The time that the policy leaves for cancelling is over."),
}));
describe("fee_changed", ({ extras }) => ({
  title: gettext("The fee is another one by now"),
  detail: interpolate(gettext("Nothing was cancelled. It would now be %(fee)s, and %(refund)s would go back: tell the customer, and ask again."), { fee: won(extras.fee), refund: won(extras.refund) }),
}));
describe("nothing_to_cancel", () => ({
  title: gettext("There is nothing left to cancel"),
  detail: gettext("All of it has been cancelled. The list shows the new state in a moment."),
}));
describe("whole_refund_only", () => ({
  title: gettext("This payment can only be refunded as a whole"),
  detail: gettext("Nothing was cancelled. Cancel all tickets of the order together while no fee is kept, or pass the case on to the ticket office."),
}));
describe("refund_declined", () => ({
  title: gettext("The payment provider refuses the refund"),
  detail: gettext("Nothing was cancelled; the tickets stay valid. Pass the case on to the ticket office."),
}));

/**
 * @param {number} sessionId
 * @param {() => unknown} onDone
 */
export function actsOn(sessionId, onDone) {
  /**
   * @param {string} what
   * @param {object} body
   * @param {Desk.Button} button
   */
  const act = async (what, body, button) => {
    /** @type {{refund?: number | null}} */
    let answer = {};
    const done = await attempt(async () => {
      answer = await call(`/api/sessions/${sessionId}/acts/${what}`, { method: "POST", body });
    }, { button });
    onDone();
    return done ? { answer } : null;
  };
  return {
    /** @param {Desk.Hold} hold */
    extendHold(hold) {
      const minutes = Math.round(settings.hold_seconds / 60);
      const button = h("button.button.small", { type: "button", onclick: async () => {
        const sure = await ask({
          title: gettext("Extend this hold?"),
          text: interpolate(ngettext("The seats stay held for %(minutes)s minute longer. This can be done once.", "The seats stay held for %(minutes)s minutes longer. This can be done once.", minutes), { minutes }),
          confirm: gettext("Extend"), cancel: gettext("Cancel"),
        });
        if (sure && (await act("extend-hold", { order_id: hold.order_id }, button))) say(gettext("The hold is extended."), { kind: "success" });
      } }, gettext("Extend the hold"));
      return button;
    },

    /** @param {Desk.Order} order */
    resendTickets(order) {
      const button = h("button.button.small", { type: "button", onclick: async () => {
        const sure = await ask({
          title: gettext("Send the tickets again?"), text: gettext("They go to the e-mail address of the order."),
          confirm: gettext("Send"), cancel: gettext("Cancel"),
        });
        if (sure && (await act("resend-tickets", { order_id: order.id }, button))) say(gettext("The tickets are on their way."), { kind: "success" });
      } }, gettext("Send tickets again"));
      return button;
    },

    /** @param {Desk.Order} order */
    cancelOrder(order) {
      const button = h("button.button.small.danger", { type: "button", onclick: async () => {
        const agreed = await chooseLines(sessionId, order);
        if (!agreed) return;
        const done = await act("cancel-order", { ...agreed.body, agreed_refund: agreed.refund }, button);
        if (done) say(interpolate(gettext("Cancelled: %(refund)s go back to the customer."), { refund: won(done.answer.refund ?? 0) }), { kind: "success" });
      } }, gettext("Cancel…"));
      return button;
    },
  };
}

/**
 * Ask which seats and, where there is a choice, why, showing what it costs; resolves to {body, refund} or null.
 *
 * @param {number} sessionId
 * @param {Desk.Order} order
 * @returns {Promise<Desk.Agreed | null>}
 */
function chooseLines(sessionId, order) {
  return new Promise((resolve) => {
    const live = order.lines.filter((line) => line.ticket === "VALID");
    const price = h("p.notice.info.desk-price", { role: "status" });
    const go = h("button.button.danger", { value: "yes", disabled: true }, gettext("Cancel these tickets"));
    const boxes = live.map((line) => h("input", { type: "checkbox", checked: true, value: String(line.line_id), onchange: () => void quote() }));
    const why = settings.cancel_causes.length > 1
      ? h("select", { onchange: () => void quote() }, settings.cancel_causes.map(({ code, label }) => h("option", { value: code }, label)))
      : null;
    const dialog = h(
      "dialog",
      { "aria-labelledby": "desk-cancel-title" },
      h("h2", { id: "desk-cancel-title" }, gettext("Cancel tickets for the customer")),
      h("p", {}, order.concert_title),
      h("fieldset.plain.desk-choices", {}, h("legend", {}, gettext("Which tickets?")), live.map((line, at) => h("label.desk-choice", {}, boxes[at], h("span", {}, line.seat), h("span.quiet", {}, won(line.price))))),
      why && h("label.desk-choice", {}, h("span", {}, gettext("Cause")), why),
      price,
      h("form.actions", { method: "dialog" }, h("button.button", { value: "no" }, gettext("Keep them")), go),
    );
    const chosen = () => boxes.filter((box) => box.checked).map((box) => Number(box.value));
    const body = () => ({ order_id: order.id, line_ids: chosen(), ...(why && { cause: why.value }) });
    let asked = 0;
    /** @type {number | null} */
    let shown = null;
    const quote = async () => {
      const mine = (asked += 1);
      go.disabled = true;
      if (!chosen().length) {
        price.textContent = gettext("Choose at least one ticket.");
        return;
      }
      price.textContent = gettext("Asking for the price…");
      try {
        const { refund, fee } = await call(`/api/sessions/${sessionId}/acts/cancel-order?preview=true`, { method: "POST", body: body() });
        if (mine !== asked) return;
        price.textContent = interpolate(gettext("By the policy %(fee)s are kept as a fee, and %(refund)s go back."), { fee: won(fee ?? 0), refund: won(refund ?? 0) });
        shown = refund ?? 0;
        go.disabled = false;
      } catch (error) {
        if (mine !== asked) return;
        const { title, detail } = messageOf(error);
        price.textContent = `${title}. ${detail}`;
        if (!error.code) showProblem(error);
      }
    };
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes" ? { body: body(), refund: shown } : null);
    });
    document.body.append(dialog);
    dialog.showModal();
    void quote();
  });
}
