"""Which refund a line is bound to: one that is open or done. The UNIQUE constraint on live rows decides."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError, transaction

from apps.orders.models import OrderLine
from apps.payments.errors import AlreadyRefunded
from apps.payments.models import Refund, RefundLine


def bind_lines(refund: Refund, lines: Sequence[OrderLine]) -> None:
    """Bind lines to a new refund, in the caller's transaction.

    Raises:
        AlreadyRefunded: one of them has another refund that is open or done; undo the transaction.
    """
    try:
        with transaction.atomic():
            RefundLine.objects.bulk_create(RefundLine(refund=refund, line=line) for line in lines)
    except IntegrityError as error:
        raise _bound_to([line.pk for line in lines]) from error


def let_lines_go(refund: Refund) -> None:
    """Unbind the lines of a refund that was refused: they may be refunded by another one."""
    RefundLine.objects.filter(refund=refund).update(live=None)


def bind_lines_again(refund: Refund) -> None:
    """Bind the lines of a refused refund that is tried again, in the caller's transaction.

    Raises:
        AlreadyRefunded: one of them has another refund by now; undo the transaction.
    """
    lines = RefundLine.objects.filter(refund=refund)
    try:
        with transaction.atomic():
            lines.update(live=True)
    except IntegrityError as error:
        raise _bound_to(list(lines.values_list("line", flat=True))) from error


def _bound_to(lines: Sequence[int]) -> AlreadyRefunded:
    other = Refund.objects.filter(refund_lines__line__in=lines, refund_lines__live=True).order_by("pk").last()
    if other is None:
        return AlreadyRefunded()
    return AlreadyRefunded(
        f"Refund {other.number} of these seats is {other.status}: nothing is refunded twice.",
        refund={"id": other.number, "status": other.status},
    )
