// Labels of the platform's states as counselors read them.
import { gettext } from "../../common/i18n.js";

/** @param {string} status */
export function orderStatus(status) {
  /** @type {Record<string, string>} */
  const names = {
    PENDING: gettext("Draft"),
    RESERVED: gettext("Seats held"),
    CONFIRMING: gettext("Being paid"),
    WAITING_FOR_DEPOSIT: gettext("Waits for a deposit"),
    PAID: gettext("Paid"),
    CANCELLED: gettext("Cancelled"),
    EXPIRED: gettext("Expired"),
  };
  return names[status] ?? status;
}
