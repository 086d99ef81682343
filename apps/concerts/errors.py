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


class PerformanceCalledOff(DomainError):
    """Nothing more can be bought of this performance; extra `refund` where money had been taken and goes back."""

    code = "performance_called_off"
    status = 409
    title = "This performance is called off"


class ShowMoved(DomainError):
    """The show got another date or hall since the customer looked; extra `moved_at`, when. Nothing was charged."""

    code = "show_moved"
    status = 409
    title = "The show was moved since you looked; agree to its new date first"


class SeatsUnavailable(DomainError):
    """Some of the seats are held, sold or blocked; `seat_ids` names them."""

    code = "seats_unavailable"
    status = 409
    title = "Some of these seats are taken"


class PublicationConflict(DomainError):
    """The step does not follow from where the show is; `publication` says where that is."""

    code = "publication_conflict"
    status = 409
    title = "The show is not in the state that this step begins with"


class ContentChanged(DomainError):
    """What buyers would read is not what was submitted, or not what the one who approves has seen."""

    code = "content_changed"
    status = 409
    title = "The show has changed since; look at it again, or submit it again"


class SecondPersonNeeded(DomainError):
    code = "second_person_needed"
    status = 403
    title = "Somebody else has to approve what you have submitted"


class ShowIncomplete(DomainError):
    """Something that buyers need is missing; `missing` names it."""

    code = "show_incomplete"
    status = 409
    title = "The show is not complete"


class AlreadySold(DomainError):
    """Seats were sold or are held, so that the show cannot be hidden any more."""

    code = "already_sold"
    status = 409
    title = "Seats were sold or are held: the show can be called off or moved, but not taken back"


class SeatStateNotReady(ServiceUnavailable):
    """Redis came back empty: the holds are being rebuilt from the database."""


class LineNotReady(ServiceUnavailable):
    """Redis came back empty: the line is being rebuilt from the database."""


class BeingMoved(ServiceUnavailable):
    """The show is being moved to another date or hall; for some seconds nothing of it is sold."""
