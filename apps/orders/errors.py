from typing import Any, ClassVar

from apps.common.errors import DomainError


class SeatLimitExceeded(DomainError):
    """More seats than one person may have of this performance; extras `limit` and `already`."""

    code = "seat_limit_exceeded"
    status = 409
    title = "More seats than one person may buy for this performance"

    def __init__(self, *, limit: int, already: int) -> None:
        super().__init__(
            f"One person may have {limit} seats of this performance; you have {already} already.",
            limit=limit,
            already=already,
        )


class TooManyOrders(DomainError):
    code = "too_many_orders"
    status = 409
    title = "Too many orders are open; cancel one or let it end"


class OrderExpired(DomainError):
    code = "order_expired"
    status = 410
    title = "The time for this order has run out; the seats are free again"


class OrderStateConflict(DomainError):
    """The order is not in a state that allows this; extra `order_status`."""

    code = "order_state"
    status = 409
    title = "The order's state does not allow this"
    hints: ClassVar[dict[str, str]] = {
        "PENDING": "reserve its seats first",
        "CONFIRMING": "its payment is being checked, look again in a moment",
        "WAITING_FOR_DEPOSIT": "its deposit is awaited",
    }

    def __init__(self, detail: str = "", *, order_status: str, **extras: Any) -> None:
        hint = self.hints.get(order_status)
        standing = f"The order is {order_status}: {hint}." if hint else f"The order is {order_status}."
        super().__init__(detail or standing, order_status=order_status, **extras)


class IdempotencyConflict(DomainError):
    code = "idempotency_conflict"
    status = 422
    title = "This Idempotency-Key was used with another body"


class CancellationClosed(DomainError):
    code = "cancellation_closed"
    status = 409
    title = "The time to cancel has passed"


class SeatAlreadySold(Exception):
    """The database refused a second live ticket for a seat; `seat_ids` as far as they are known."""

    def __init__(self, seat_ids: list[int]) -> None:
        super().__init__(f"live tickets exist for seats {seat_ids}")
        self.seat_ids = seat_ids
