// Labels of the platform's states as counselors read them.
import { gettext } from "../../common/i18n.js";

export function orderStatus(status) {
  return (
    {
      PENDING: gettext("Draft"),
      RESERVED: gettext("Seats held"),
      CONFIRMING: gettext("Being paid"),
      WAITING_FOR_DEPOSIT: gettext("Waits for a deposit"),
      PAID: gettext("Paid"),
      CANCELLED: gettext("Cancelled"),
      EXPIRED: gettext("Expired"),
    }[status] ?? status
  );
}

export function sessionStatus(status) {
  return (
    {
      WAITING: gettext("Waiting"),
      OFFERED: gettext("Offered"),
      IN_PROGRESS: gettext("Going on"),
      ENDED: gettext("Ended"),
      ABANDONED: gettext("Abandoned"),
    }[status] ?? status
  );
}
