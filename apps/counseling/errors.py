"""What counseling refuses."""

from apps.common.errors import DomainError, ServiceUnavailable


class CounselorStateConflict(DomainError):
    """`state` says which one the counselor is in."""

    code = "counselor_state"
    status = 409
    title = "That is not possible in the counselor's present state"


class SessionStateConflict(DomainError):
    """`session_status` says which one the conversation is in."""

    code = "session_state"
    status = 409
    title = "That is not possible in the conversation's present state"


class OfferGone(DomainError):
    code = "offer_gone"
    status = 409
    title = "This conversation is no longer offered to you"


class NoFreeCapacity(DomainError):
    code = "no_free_capacity"
    status = 409
    title = "The counselor has no free place, or not the skill"


class CounselingClosed(DomainError):
    """`opens_at` says when somebody is there again, if that is known; an inquiry can be written at any time."""

    code = "counseling_closed"
    status = 409
    title = "Nobody is there to answer now; write an inquiry instead"


class NotACounselor(DomainError):
    code = "not_a_counselor"
    status = 403
    title = "This account has no counselor's profile"


class AlreadyRated(DomainError):
    code = "already_rated"
    status = 409
    title = "This conversation has been rated"


class AttachmentRefused(DomainError):
    code = "attachment_refused"
    status = 422
    title = "Only images and PDF files of up to 5 MB can be sent"


class HoldAlreadyExtended(DomainError):
    code = "hold_already_extended"
    status = 409
    title = "This hold has been extended once before"


class RoutingNotReady(ServiceUnavailable):
    """Redis came back empty: lines and states are being rebuilt from the database."""
