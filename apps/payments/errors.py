from apps.common.errors import DomainError


class AmountMismatch(DomainError):
    """Not the order's amount; extra `amount`, and `refund` where the provider had taken another one."""

    code = "amount_mismatch"
    status = 400
    title = "The amount is not that of the order"


class PaymentDeclined(DomainError):
    """Nothing was charged; extra `provider_code`. The order is RESERVED again."""

    code = "payment_declined"
    status = 402
    title = "The payment was declined; nothing was charged"


class DepositRefused(DomainError):
    """An order cannot be paid by a deposit; nothing was charged, and its seats are held as before.

    Extra `reason`: DEPOSITS_OFF, DEPOSITS_EARLY, DEPOSITS_LATE, DEPOSITS_LAPSED, DEPOSITS_OF_PERSON, DEPOSITS_OF_SHOW.
    """

    code = "deposit_refused"
    status = 409
    title = "This order cannot be paid by a deposit"


class PaymentUnknown(DomainError):
    """Not an error yet: the order stays CONFIRMING until the provider has been asked."""

    code = "payment_unknown"
    status = 202
    title = "The payment is being checked; look at the order in a moment"


class PaymentKeyUsed(DomainError):
    code = "payment_key_used"
    status = 409
    title = "This payment key belongs to another order"


class TooManyAttempts(DomainError):
    """Each attempt may lengthen the hold for the provider's call, so an order has so many and no more."""

    code = "too_many_attempts"
    status = 409
    title = "This order has been tried to be paid too often; let it end, and choose seats again"


class RefundDeclined(DomainError):
    """The provider refuses the refund for good; extras `provider_code` and `refund`. The tickets stay valid."""

    code = "refund_declined"
    status = 409
    title = "The provider does not refund this payment"


class RefundAccountRequired(DomainError):
    """A deposit goes back to a bank account, which only the customer knows."""

    code = "refund_account_required"
    status = 422
    title = "Name the bank account that the refund goes to"


class FeeChanged(DomainError):
    """Not what was agreed to; extras `fee` and `refund`, in won, are what it would be now."""

    code = "fee_changed"
    status = 409
    title = "The cancellation fee is another one than you agreed to"


class AlreadyCalledOff(DomainError):
    """Extra `call_off_status`: PROPOSED, RUNNING or DONE."""

    code = "already_called_off"
    status = 409
    title = "This performance is called off already, or that is proposed"


class PerformanceOver(DomainError):
    code = "performance_over"
    status = 409
    title = "This performance has taken place; it cannot be called off"


class NothingProposed(DomainError):
    code = "nothing_proposed"
    status = 409
    title = "Nobody has proposed to call this performance off, or not any more"


class NothingToCancel(DomainError):
    code = "nothing_to_cancel"
    status = 409
    title = "These seats are cancelled already, or being cancelled"


class AlreadyRefunded(NothingToCancel):
    """A line has a refund that is open or done; extra `refund`, its number and status."""

    code = "already_refunded"
    title = "These seats are refunded already, or being refunded"


class MoreThanIsLeft(NothingToCancel):
    """Extra `left`: what of the payment has been neither refunded nor promised to a refund, in won."""

    code = "more_than_is_left"
    title = "Less than that is left of the payment"


class WholeRefundOnly(DomainError):
    """The provider gives this payment back whole or not at all; nothing has changed.

    Extras: `refund`, what would come back of what was asked for, in won; `whole`, what the payment is refunded with
    as a whole; `line_ids`, the lines that are offered instead: all that are left.
    """

    code = "whole_refund_only"
    status = 409
    title = "This payment can only be refunded as a whole"


class RefundUnderWay(DomainError):
    """The provider or the bank may still make this refund, or has; extra `refund`, its number and status."""

    code = "refund_under_way"
    status = 409
    title = "This refund cannot be settled by hand: it is on its way, or done"
