"""The catalogue: halls and their seats, concerts and their performances, and what staff set on them."""

from apps.concerts.models.concerts import (
    CONCERT_PUBLICATION,
    PERFORMANCE_PUBLICATION,
    BlockedSeat,
    Concert,
    Genre,
    Grade,
    Performance,
    SaleStatus,
    SectionGrade,
)
from apps.concerts.models.deposits import DepositPolicy
from apps.concerts.models.moves import PerformanceMove
from apps.concerts.models.policies import CancellationPolicy, CancellationTier
from apps.concerts.models.publication import (
    SUBMITTABLE,
    ConcertPublicationEvent,
    PerformancePublicationEvent,
    Publication,
    PublicationEvent,
)
from apps.concerts.models.rehearsals import of_the_house
from apps.concerts.models.venues import Seat, Section, Venue
from apps.concerts.models.waiting_rooms import (
    WaitingRoomChange,
    WaitingRoomEvent,
    WaitingRoomMark,
    WaitingRoomMode,
    WaitingRoomMoment,
)

__all__ = [
    "CONCERT_PUBLICATION",
    "PERFORMANCE_PUBLICATION",
    "SUBMITTABLE",
    "BlockedSeat",
    "CancellationPolicy",
    "CancellationTier",
    "Concert",
    "ConcertPublicationEvent",
    "DepositPolicy",
    "Genre",
    "Grade",
    "Performance",
    "PerformanceMove",
    "PerformancePublicationEvent",
    "Publication",
    "PublicationEvent",
    "SaleStatus",
    "Seat",
    "Section",
    "SectionGrade",
    "Venue",
    "WaitingRoomChange",
    "WaitingRoomEvent",
    "WaitingRoomMark",
    "WaitingRoomMode",
    "WaitingRoomMoment",
    "of_the_house",
]
