"""What an order's page tells first while money that is owed has not come back: why, what happens next, whom to ask."""

from __future__ import annotations

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from apps.payments.causes import OrderNotice, cause_of
from apps.payments.models import Refund
from apps.payments.order_story import OrderStory
from apps.payments.services.name_account import waits_for_account
from apps.payments.states import RefundStatus

OFF_ACCOUNT = OrderNotice(
    "error",
    _("The show is called off: tell us where to send your money"),
    _("You paid by a deposit. Name a bank account of yours, and all that you paid comes back without any fee."),
)
OFF_REFUSED = OrderNotice(
    "error",
    _("The show is called off; your money is not back yet"),
    _(
        "The payment company did not take the refund. You get all of it back all the same: we look into it and pay it"
        " in another way. You need not do anything. If you want to know how it stands, ask us."
    ),
)
OFF_RETURNED = OrderNotice(
    "error",
    _("The show is called off; your money is not back yet"),
    _("The bank could not pay into the account that you named. Correct it, and the money is sent once more."),
)
ACCOUNT = OrderNotice(
    "warning",
    _("Tell us where to send your money"),
    _("You paid by a deposit. Name a bank account of yours, and the refund is sent to it."),
)
RETURNED = OrderNotice(
    "error",
    _("Your refund did not arrive"),
    _("The bank could not pay into the account that you named. Correct it, and the money is sent once more."),
)
REFUSED = OrderNotice(
    "error",
    _("Your cancellation did not go through"),
    _(
        "The payment company refused the refund, so nothing is cancelled and your tickets stay valid. Ask us, and we"
        " find another way."
    ),
)
NOT_BACK = OrderNotice(
    "error",
    _("Your money is not back yet"),
    _(
        "The payment company did not take the refund. You get all of it back all the same: we look into it and pay it"
        " in another way. You need not do anything. If you want to know how it stands, ask us."
    ),
)
BEING_SENT = OrderNotice(
    "success",
    _("Your refund is at the bank"),
    _("The bank pays it into the account that you named within some days. If it cannot, this page tells you."),
)


def refund_notice(story: OrderStory) -> OrderNotice | None:
    """Return what stands between the buyer and the money; None where nothing does, or all is on its way."""
    is_off = story.order.performance.is_called_off
    waiting = next((refund for refund in story.refunds if waits_for_account(refund)), None)
    if waiting is not None:
        if not waiting.account:
            return OFF_ACCOUNT if is_off else _with_the_cause(waiting, ACCOUNT)
        return OFF_RETURNED if is_off else RETURNED
    if story.refused:
        if is_off:
            return OFF_REFUSED
        return REFUSED if story.refused_lines else NOT_BACK
    if not story.live_seats and any(refund.status == RefundStatus.SENT for refund in story.refunds):
        return None if is_off else BEING_SENT
    return None


def _with_the_cause(refund: Refund, notice: OrderNotice) -> OrderNotice:
    """Say why the money goes back, where that is worth a notice of its own, and then what is needed for it."""
    cause = cause_of(refund.cause)
    if cause is None or cause.notice is None:
        return notice
    return OrderNotice(notice.kind, cause.notice.title, format_lazy("{} {}", cause.notice.text, notice.text))
