from apps.common.errors import DomainError, ServiceUnavailable


class AccessPassRequired(DomainError):
    code = "access_pass_required"
    status = 403
    title = "The waiting room has not let you in yet, or your pass has ended"


class NotInLine(DomainError):
    """The account has no number: it never joined, has left, or its pass has ended."""

    code = "not_in_line"
    status = 404
    title = "You are not in this line; join it first"


class NotOnSale(DomainError):
    code = "not_on_sale"
    status = 409
    title = "This performance is not on sale now"


class SeatsUnavailable(DomainError):
    """Some of the seats are held, sold or blocked; `seat_ids` names them."""

    code = "seats_unavailable"
    status = 409
    title = "Some of these seats are taken"


class SeatStateNotReady(ServiceUnavailable):
    """Redis came back empty: the holds are being rebuilt from the database."""


class LineNotReady(ServiceUnavailable):
    """Redis came back empty: the line is being rebuilt from the database."""
