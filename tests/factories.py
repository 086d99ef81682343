"""What most tests need to exist: a hall, a performance on sale, people. Made by the same services as in production."""

from __future__ import annotations

import itertools
from datetime import timedelta

from apps.accounts.models import Role, User
from apps.common.clock import database_now
from apps.concerts.models import (
    CancellationPolicy,
    CancellationTier,
    Concert,
    Genre,
    Performance,
    Publication,
    Seat,
    Venue,
    WaitingRoomMode,
)
from apps.concerts.policy_presets import KFTC_STANDARD, install_presets
from apps.concerts.services.build_venue import build_venue
from apps.concerts.services.create_performance import create_performance
from apps.concerts.services.set_prices import GradePrice
from apps.concerts.venue_plans.plan import SectionPlan, VenuePlan
from apps.orders.services.rebuild_seat_state import ensure_seat_state

_numbers = itertools.count(1)

PRICES_KRW = {"A": 100_000, "B": 60_000}


def make_user(*, role: Role = Role.CUSTOMER) -> User:
    """A customer that nobody can log in as."""
    number = next(_numbers)
    return User.objects.create_user(
        email=f"person{number}@example.com", password=None, nickname=f"p{number}", role=role
    )


def make_venue(*, rows: int = 4, seats: int = 10) -> Venue:
    """A hall of two sections, A and B, each of `rows` rows of `seats` seats."""
    sections = [SectionPlan(code=code, rows=rows, seats=seats, level=level) for level, code in enumerate("AB", start=1)]
    return build_venue(VenuePlan(name=f"hall {next(_numbers)}", sections=sections))


def make_performance(
    *,
    venue: Venue | None = None,
    mode: WaitingRoomMode = WaitingRoomMode.OPEN,
    rate: float = 2.0,
    limit: int = 4,
    opens_in: timedelta = timedelta(hours=-1),
    closes_in: timedelta = timedelta(days=20),
    starts_in: timedelta = timedelta(days=30),
    in_redis: bool = True,
    is_rehearsal: bool = False,
) -> Performance:
    """A performance whose seats cost 100,000 won in A and 60,000 in B; on sale unless the times say otherwise."""
    now = database_now()
    install_presets(CancellationPolicy.objects, CancellationTier.objects)  # a flushed test database has none
    concert = Concert.objects.create(
        slug=f"concert-{next(_numbers)}",
        title="달빛 콘서트",
        organiser="Ticket-Live",
        genre=Genre.CONCERT,
        running_minutes=100,
        is_rehearsal=is_rehearsal,
        cancellation_policy=CancellationPolicy.objects.get(name=KFTC_STANDARD),
        publication=Publication.PUBLISHED,
    )
    performance = create_performance(
        concert,
        venue=venue or make_venue(),
        starts_at=now + starts_in,
        sale_opens_at=now + opens_in,
        sale_closes_at=now + closes_in,
        prices=[
            GradePrice(name=grade, price_krw=PRICES_KRW[code], sections=[code])
            for grade, code in (("VIP", "A"), ("R", "B"))
        ],
        limit_per_person=limit,
        waiting_room_mode=mode,
        waiting_room_rate=rate,
        publication=Publication.PUBLISHED,
    )
    if in_redis:
        ensure_seat_state(performance.pk)
    return performance


def seat_ids(performance: Performance, count: int, *, section: str = "A", skip: int = 0) -> list[int]:
    """Some neighbouring seats of a section, after the first `skip`."""
    seats = Seat.objects.filter(venue=performance.venue_id, section__code=section).order_by("ordinal")
    return list(seats.values_list("pk", flat=True)[skip : skip + count])
