// The side of the desk: what the customer of the conversation in focus holds, bought and asked, and the notes of it.
import { call } from "../../common/api.js";
import { countdown } from "../../common/clock.js";
import { $$, h } from "../../common/dom.js";
import { gettext, interpolate, ngettext } from "../../common/i18n.js";
import { won } from "../../common/money.js";
import { messageOf } from "../../common/problems.js";
import { formatShowTime, formatTime } from "../../common/times.js";
import { settings, store } from "./context.js";
import { JOINED, MINE } from "./store.js";
import { orderStatus } from "./labels.js";

const AGAIN_MS = 30_000;

/** @param {HTMLElement} element */
export function customerSide(element) {
  const title = h("h2.desk-side-title", {}, gettext("Customer"));
  const back = h("button.button.small.desk-side-close", { type: "button", onclick: () => closeSide() }, gettext("Back to the conversation"));
  const body = h("div.desk-side-body", {});
  const notes = h("div.desk-notes", {});
  element.append(h("div.desk-side-head", {}, title, back), notes, body);
  element.addEventListener("keydown", (event) => event.key === "Escape" && closeSide());
  /** @type {number | null | undefined} */
  let shown;
  /** @type {(() => void)[]} */
  let stops = [];
  let timer = 0;

  const actsModule = settings.acts_on_orders ? import("./acts.js") : null; // only for who may

  const load = async () => {
    window.clearTimeout(timer);
    const id = shown;
    if (!id) return;
    try {
      const context = await call(`/api/sessions/${id}/context`);
      const actsOn = (await actsModule)?.actsOn;
      const item = store.item(id);
      if (id === shown && item) render(item, context, item.part === MINE || item.part === JOINED ? actsOn?.(id, load) : null);
    } catch (error) {
      if (error.code === "login_ended" || id !== shown) return;
      const { title: what, detail } = messageOf(error);
      if (!body.dataset.for) body.replaceChildren(h("p.notice.warning", {}, `${what}. ${detail}`));
    }
    if (id === shown) timer = window.setTimeout(load, AGAIN_MS);
  };

  /**
   * @param {Desk.Item} item
   * @param {Desk.Context} context
   * @param {Desk.Acts | null | undefined} acts
   */
  const render = (item, context, acts) => {
    const open = new Set($$("details[open]", body).map((one) => one.dataset.key));
    for (const stop of stops) stop();
    stops = [];
    body.dataset.for = String(item.id);
    body.replaceChildren(
      person(context.customer),
      block(gettext("Holds right now"), context.holds.map((hold) => holdCard(hold, acts, stops)), gettext("Nothing is held.")),
      block(gettext("Waiting in line"), context.lines.map(lineCard), gettext("In no waiting room.")),
      block(gettext("Orders and tickets"), context.orders.map((order) => orderCard(order, context, acts)), gettext("No orders.")),
      block(gettext("Earlier conversations"), context.conversations.map(conversationCard), gettext("None before this one.")),
    );
    for (const details of body.querySelectorAll("details")) if (open.has(details.dataset.key)) details.open = true;
  };

  const turn = async () => {
    const { focused } = store;
    const id = focused?.id ?? null;
    if (id === shown) return;
    shown = id;
    const notesModule = focused && (await import("./notes.js")); // before anything is drawn: nothing moves later
    if (id !== shown) return;
    delete body.dataset.for;
    notes.replaceChildren();
    title.textContent = focused ? focused.session.customer.name : gettext("Customer");
    body.replaceChildren(h("p.quiet", {}, focused ? gettext("Loading…") : gettext("Here you see what the customer holds and bought.")));
    if (!focused || !notesModule) return;
    new notesModule.Notes(notes, focused.id);
    void load();
  };
  store.onChange(turn);
  void turn();
}

export function closeSide() {
  document.body.classList.remove("shows-side");
}

/** @param {Desk.Context["customer"]} customer */
function person({ email, member_since: since }) {
  return h("p.desk-person.quiet", {}, email, h("br"), interpolate(gettext("Customer since %(date)s"), { date: formatTime(since, "date") }));
}

/**
 * @param {string} heading
 * @param {HTMLElement[]} cards
 * @param {string} nothing
 */
function block(heading, cards, nothing) {
  return h("section.desk-block", {}, h("h3", {}, heading), cards.length ? cards : h("p.quiet", {}, nothing));
}

/**
 * @param {Desk.Hold} hold
 * @param {Desk.Acts | null | undefined} acts
 * @param {(() => void)[]} stops
 */
function holdCard(hold, acts, stops) {
  const left = h("b.digits", {});
  stops.push(countdown(left, Date.parse(hold.expires_at)));
  return h(
    "article.desk-card",
    {},
    h("p", {}, hold.seats.join(", ")),
    h("p.quiet", {}, gettext("Held for"), " ", left, hold.is_extended ? ` · ${gettext("extended once")}` : ""),
    acts && !hold.is_extended ? acts.extendHold(hold) : null,
  );
}

/** @param {Desk.Line} line */
function lineCard(line) {
  return h(
    "article.desk-card",
    {},
    h("p", {}, line.concert_title),
    h("p.quiet", {}, line.status === "ADMITTED" ? gettext("Let in: may choose seats") : interpolate(ngettext("%(ahead)s ahead", "%(ahead)s ahead", line.ahead), line)),
  );
}

/**
 * @param {Desk.Order} order
 * @param {Desk.Context} context
 * @param {Desk.Acts | null | undefined} acts
 */
function orderCard(order, { payments, refunds }, acts) {
  const payment = payments.find((one) => one.order_id === order.id);
  const theirs = refunds.filter((one) => one.order_id === order.id);
  const live = order.lines.filter((line) => line.ticket === "VALID").length;
  return h(
    "details.desk-card",
    { dataset: { key: order.id } },
    h("summary", {}, h("span.desk-card-title", {}, order.concert_title), h("span.badge", {}, orderStatus(order.status)), h("span.quiet", {}, formatShowTime(order.starts_at, "short", order.time_zone))),
    h(
      "dl.facts-list",
      {},
      fact(gettext("Order"), h("code", {}, order.id)),
      fact(gettext("Amount"), order.amount_left === order.amount ? won(order.amount) : interpolate(gettext("%(left)s left of %(amount)s"), { left: won(order.amount_left), amount: won(order.amount) })),
      payment && fact(gettext("Payment"), [payment.method, payment.approved_at && formatTime(payment.approved_at, "short")].filter(Boolean).join(" · ") || payment.status),
      theirs.map((refund) => fact(gettext("Refund"), `${won(refund.amount)} (${interpolate(gettext("fee %(fee)s"), { fee: won(refund.fee) })})`)),
    ),
    h("ul.desk-seats", {}, order.lines.map((line) => h("li", { class: line.ticket === "CANCELLED" ? "is-cancelled" : "" }, `${line.seat} · ${line.grade} · ${won(line.price)}`, line.ticket === "CANCELLED" ? ` · ${gettext("cancelled")}` : ""))),
    acts && live > 0 ? h("p.desk-card-acts", {}, acts.resendTickets(order), acts.cancelOrder(order)) : null,
  );
}

/** @param {Desk.Earlier} one */
function conversationCard(one) {
  const result = [one.wrap_up, one.rating && interpolate(gettext("rated %(rating)s of 5"), one)].filter(Boolean).join(" · ");
  return h(
    "article.desk-card",
    {},
    h("p", {}, [one.category, one.subject].filter(Boolean).join(" · ")),
    h("p.quiet", {}, formatTime(one.requested_at, "short"), one.counselor ? ` · ${one.counselor}` : ""),
    result && h("p.quiet", {}, result),
    one.note && h("p", {}, one.note),
  );
}

/**
 * @param {string} name
 * @param {string | HTMLElement} value
 */
function fact(name, value) {
  return [h("dt", {}, name), h("dd", {}, value)];
}
