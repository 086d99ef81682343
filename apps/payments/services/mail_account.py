"""Ask by mail for the bank account of a refund: of one that waits for it, or that the bank could not pay."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from apps.common.database import outbox
from apps.common.templatetags.ticketlive import won
from apps.payments.models import Refund
from apps.payments.services.name_account import waits_for_account
from apps.payments.services.request_refund import MAIL_ACCOUNT
from apps.payments.states import OPEN_REFUNDS


@outbox.handles(MAIL_ACCOUNT)
def mail_account(*, refund_id: int, sending: int) -> None:
    """Write to the buyer, in the site's language. Repeated, it is the same mail again.

    Nobody is written to whose refund needs no account any more, or was sent once more meanwhile; nor who was asked for
    it by the mail that tells of the show called off.
    """
    refund = (
        Refund.objects.select_related("payment", "order__performance__concert", "order__user")
        .prefetch_related("lines")
        .get(pk=refund_id)
    )
    order = refund.order
    was_asked = order.performance.is_called_off and refund.status in OPEN_REFUNDS
    if refund.sendings != sending or was_asked or not waits_for_account(refund):
        return
    title = " ".join(order.performance.concert.title.split())  # a header has one line
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("[Ticket-Live] Which account shall we refund to? %(title)s") % {"title": title}
        body = _body(refund, title=title)
    EmailMessage(subject, body, None, [order.booker_email or order.user.email]).send()


def _body(refund: Refund, *, title: str) -> str:
    page = settings.SITE_URL.rstrip("/") + reverse("order-cancel-page", args=[refund.order_id])
    lines = [title, "", _("%(amount)s come back to you.") % {"amount": won(refund.amount_krw)}]
    if refund.account:
        words = _("The bank could not pay it into the account %(account)s that you named. Please correct it:")
        lines.append(words % {"account": refund.masked_account})
    else:
        lines.append(_("You paid by bank transfer. Please name an account of yours:"))
    return "\n".join([*lines, page, "", _("Order: %(order)s") % {"order": refund.order_id}])
