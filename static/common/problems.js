/**
 * What a page says of each refusal: what happened, what to do, and a way on.
 */

import { gettext, interpolate } from "./i18n.js";
import { say } from "./notices.js";

const logInAddress = () => `/accounts/log-in/?next=${encodeURIComponent(location.pathname + location.search)}`;
const again = () => ({ label: gettext("Load this page again"), onClick: () => location.reload() });
const programme = () => ({ label: gettext("To the programme"), href: "/" });

/** @type {Record<string, Notices.Description>} */
const DESCRIPTIONS = {
  connection_lost: () => ({
    title: gettext("The connection was lost"),
    detail: gettext("Nothing you chose is lost. Check your network; we try again as soon as it is back."),
    actions: [again()],
  }),
  login_ended: ({ reason }) => ({
    title: gettext("You are logged out"),
    detail: endedText(reason),
    actions: [{ label: gettext("Log in again"), href: logInAddress() }],
  }),
  not_authenticated: () => ({
    title: gettext("Log in first"),
    detail: gettext("This part of the site needs your account."),
    actions: [{ label: gettext("Log in"), href: logInAddress() }],
  }),
  access_pass_required: () => ({
    title: gettext("Your turn has ended"),
    detail: gettext("The time you had for booking is over, or you have not been let in yet. Go back to the waiting room to get a turn."),
  }),
  seats_unavailable: () => ({
    title: gettext("Somebody was a moment quicker"),
    detail: gettext("Some of the seats were taken in this second. Nothing was charged; choose others and go on."),
  }),
  seat_limit_exceeded: () => ({
    title: gettext("That is more than one person may book"),
    detail: gettext("Tickets you hold or have bought already count as well. Choose fewer seats."),
    actions: [{ label: gettext("My orders"), href: "/my/orders/" }],
  }),
  not_on_sale: () => ({
    title: gettext("Not on sale at this moment"),
    detail: gettext("The sale has not opened yet, or has closed."),
    actions: [programme()],
  }),
  order_expired: () => ({
    title: gettext("The time for this order is over"),
    detail: gettext("Its seats went back to everybody and nothing was charged. Choose seats again."),
  }),
  order_state: () => ({
    title: gettext("The order has moved on"),
    detail: gettext("It was changed in the meantime, perhaps in another window. Load the page again to see how it stands."),
    actions: [again()],
  }),
  amount_mismatch: () => ({
    title: gettext("The amounts do not agree"),
    detail: gettext("The amount of the payment is not that of the order, so nothing was charged. Start the payment again from the order."),
  }),
  payment_declined: () => ({
    title: gettext("The payment was declined"),
    detail: gettext("Your bank or card company said no. Nothing was charged and your seats are still held: try again or pay in another way."),
  }),
  payment_unknown: () => ({
    title: gettext("We are finding out whether the payment went through"),
    detail: gettext("Do not pay again. This page tells you as soon as it is known; you also find it among your orders."),
    actions: [{ label: gettext("My orders"), href: "/my/orders/" }],
  }),
  too_many_requests: ({ retryAfter }) => ({
    title: gettext("That was too quick"),
    detail: interpolate(gettext("Wait %(seconds)s seconds and try again."), { seconds: Math.ceil(retryAfter ?? 1) }),
  }),
  service_unavailable: ({ retryAfter }) => ({
    title: gettext("Very many people are here at this moment"),
    detail: interpolate(gettext("Nothing is lost. Try again in %(seconds)s seconds."), { seconds: Math.ceil(retryAfter ?? 2) }),
  }),
  not_found: () => ({
    title: gettext("There is nothing here"),
    detail: gettext("The address may be wrong, or what was here belongs to another account."),
    actions: [programme()],
  }),
  permission_denied: () => ({
    title: gettext("This account may not do that"),
    detail: gettext("Log in with an account that may."),
  }),
  request_timeout: () => ({
    title: gettext("Your connection was too slow"),
    detail: gettext("What you sent did not arrive in time, so nothing of it was taken. Check your network and send it again."),
  }),
  payload_too_large: () => ({
    title: gettext("That is too large"),
    detail: gettext("Send a smaller file or a shorter text."),
  }),
  validation_error: ({ extras }) => ({
    title: gettext("Some of what you entered cannot be right"),
    detail: Object.values(extras?.errors ?? {}).flat().join(" "),
  }),
  internal_error: () => ({
    title: gettext("Something went wrong on our side"),
    detail: gettext("It was noted. If you have paid, your order is safe. Try again in a moment."),
    actions: [again()],
  }),
};
/** @type {Map<string | undefined, Notices.Description>} */
const described = new Map(Object.entries(DESCRIPTIONS));

/**
 * What is said of an ended log-in, by its reason.
 *
 * @param {string} reason
 * @returns {string}
 */
export function endedText(reason) {
  /** @type {Record<string, string>} */
  const texts = {
    logged_in_elsewhere: gettext("Your account was logged in to in another browser, so this one was logged out. Your place in line and the seats you hold belong to the account: log in here again and go on. If that was not you, change your password."),
    logged_out: gettext("You have logged out in another window. Log in again to go on."),
    password_changed: gettext("Your password was changed. Log in with the new one to go on."),
    access_changed: gettext("What your account may do was changed. Log in again to go on."),
    ended_by_staff: gettext("The ticket office has ended this log-in. Log in again to go on."),
    signed_out: gettext("Log in to go on."),
  };
  return texts[reason] ?? gettext("You were away for long. Log in again to go on; your place in line and the seats you hold belong to your account.");
}

/** What is said where the live connection is refused because the account has too many. */
export function oneTooManyText() {
  return gettext("Too many of your windows are connected at the same time. Close some of them; we try again by ourselves.");
}

/**
 * Teach this page what to say of a code: describe("seats_unavailable", (problem) => ({title, detail, actions})).
 *
 * @param {string} code
 * @param {Notices.Description} words
 */
export function describe(code, words) {
  described.set(code, words);
}

/**
 * {title, detail, actions} of an error in the reader's language.
 *
 * @param {Notices.Failure} error
 */
export function messageOf(error) {
  const isBusy = (error.status ?? 0) >= 500;
  const words = described.get(error.code) ?? described.get(isBusy ? "service_unavailable" : "internal_error");
  return { actions: [], .../** @type {Notices.Description} */ (words)(error) };
}

/**
 * Show an error at the foot of the window; a program's own fault goes to the console as well.
 *
 * @param {Notices.Failure} error
 */
export function showProblem(error) {
  if (error.name === "AbortError") return () => {};
  if (error.code === "login_ended") return () => {}; // base's dialog says it
  if (!error.code) console.error(error);
  const { title, detail, actions } = messageOf(error);
  return say({ title, detail }, { kind: error.code === "connection_lost" ? "warning" : "error", actions, id: error.code });
}

