// What the server's refusals mean here, each with its way on.
import { gettext, interpolate } from "../../common/i18n.js";
import { messageOf } from "../../common/problems.js";

const LONG_SECONDS = 120; // from which on a wait is said in minutes

/**
 * The message of a refusal: {title, detail, actions}, for the board.
 *
 * @param {any} error
 * @param {{sale: any, again?: () => void}} page  `again` repeats what was refused
 */
export function refusalOf(error, { sale, again }) {
  const base = messageOf(error);
  const own = OWN[error.code]?.(error, { sale, again });
  return { kind: "warning", ...base, ...own };
}

/** @type {Record<string, (error: any, page: {sale: any, again?: () => void}) => object>} */
const OWN = {
  access_pass_required: (_error, { sale }) => ({
    actions: [{ label: gettext("To the waiting room"), href: sale.waitingRoom }],
  }),
  seat_limit_exceeded: ({ extras }, { sale }) => ({
    detail: interpolate(
      gettext("One person may have %(limit)s seats of this performance, and you have %(already)s already. Choose fewer seats."),
      { limit: extras.limit, already: extras.already },
    ),
    actions: [{ label: gettext("My orders"), href: sale.orders }],
  }),
  not_on_sale: (_error, { sale }) => ({
    actions: [{ label: gettext("See the dates of this show"), href: sale.concert }],
  }),
  too_many_orders: (_error, { sale }) => ({
    title: gettext("Too many of your orders are unfinished"),
    detail: gettext("Finish one of them, cancel it, or wait a few minutes until it ends by itself."),
    actions: [{ label: gettext("My orders"), href: sale.orders }],
  }),
  too_many_requests: ({ retryAfter }) => ((retryAfter ?? 1) < LONG_SECONDS ? {} : {
    title: gettext("That was too often"),
    detail: interpolate(
      gettext("Whoever takes seats and lets them go again keeps others from them, and so waits longer each time. Come back in %(minutes)s minutes."),
      { minutes: Math.ceil(retryAfter / 60) },
    ),
  }),
  order_expired: (_error, { again }) => ({ actions: [{ label: gettext("Try again"), onClick: again }] }),
  order_state: (_error, { again }) => ({ actions: [{ label: gettext("Try again"), onClick: again }] }),
  connection_lost: (_error, { again }) => ({
    detail: gettext("Your choice is kept, and trying again can never make a second order."),
    actions: [{ label: gettext("Try again"), onClick: again }],
  }),
  service_unavailable: (_error, { again }) => ({
    detail: gettext("Your choice is kept. Try again in a moment."),
    actions: [{ label: gettext("Try again"), onClick: again }],
  }),
  validation_error: () => ({
    title: gettext("The hall has just been changed"),
    detail: gettext("Prices or seats are no longer what this page shows. Load it again to see them as they are."),
    actions: [{ label: gettext("Load this page again"), onClick: () => window.location.reload() }],
  }),
};
