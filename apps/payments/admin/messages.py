"""What staff are told, in their language, of what a service has refused and of what an act has brought."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.admin.base import refusal_text
from apps.common.errors import DomainError
from apps.payments.models import Refund

REFUSALS: dict[str, Promise] = {
    "not_found": gettext_lazy("There is no such order any more."),
    "order_state": gettext_lazy("The order's state does not allow this now. Look at its history."),
    "cancellation_closed": gettext_lazy(
        "The policy's time to cancel has passed. Where the organiser is at fault, cancel without a fee."
    ),
    "nothing_to_cancel": gettext_lazy("These seats are cancelled already, or their refund is on its way."),
    "already_refunded": gettext_lazy("These seats have another refund, which is open or done: nothing is paid twice."),
    "more_than_is_left": gettext_lazy("So much is not left of the payment: it has gone back otherwise."),
    "refund_account_required": gettext_lazy("It was paid by a deposit: name the bank account that the refund goes to."),
    "refund_declined": gettext_lazy("The payment company refuses this refund. The tickets stay valid."),
    "fee_changed": gettext_lazy(
        "The fee has changed since it was shown. Nothing was cancelled; this is what it is now."
    ),
    "whole_refund_only": gettext_lazy(
        "The payment company gives this payment back only whole: cancel all tickets without a fee, or give the money"
        " back in another way."
    ),
    "refund_under_way": gettext_lazy("The payment company or the bank may still make this refund, or it is done."),
    "payment_unknown": gettext_lazy("The payment company cannot tell now. It is asked again by itself."),
    "service_unavailable": gettext_lazy("A part of the service is away. Nothing was done; try again in a moment."),
}

REFUND_OUTCOMES: dict[str, Promise] = {
    Refund.Status.DONE: gettext_lazy("The refund is done."),
    Refund.Status.REQUESTED: gettext_lazy("The refund is on its way; it is carried out within seconds."),
    Refund.Status.UNKNOWN: gettext_lazy("The refund's outcome is not known yet; it is settled by itself."),
    Refund.Status.SENT: gettext_lazy("The payment company has taken the refund on; the bank pays it within some days."),
    Refund.Status.RETURNED: gettext_lazy("The bank could not pay the refund: another account has to be named."),
    Refund.Status.FAILED: gettext_lazy("The payment company refuses this refund."),
}

PROVIDER_ANSWERS: dict[str, Promise] = {
    "the provider knows nothing of it": gettext_lazy("The payment company knows nothing of this order."),
    "not asked for here": gettext_lazy("The payment company has a payment that was not asked for here."),
    "still open": gettext_lazy("The payment is still open at the payment company."),
    "fulfilled": gettext_lazy("What the payment company has and what is kept here agree now."),
    "refused": gettext_lazy("The payment company took no money: the attempt is over."),
}


def refusal_message(refusal: DomainError) -> str:
    """Say a refusal; one without a message of its own gives its detail."""
    message = REFUSALS.get(refusal.code)
    if message is None:
        return refusal_text(refusal)
    code = refusal.extras.get("provider_code")
    return f"{message} ({code})" if code else str(message)


def refund_message(refund: Refund) -> str:
    """Say where a refund stands."""
    message = REFUND_OUTCOMES[refund.status]
    return f"{message} ({refund.provider_code})" if refund.provider_code else str(message)


def answer_message(answer: str) -> str:
    """Say what asking the provider has brought."""
    return str(PROVIDER_ANSWERS.get(answer, _("Asked: %(answer)s") % {"answer": answer}))
