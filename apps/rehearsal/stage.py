"""The performance that a rehearsal is held on: a hall of just the seats that are wanted, on sale now."""

from __future__ import annotations

import random
from datetime import timedelta

from apps.accounts.models import Role
from apps.accounts.services.issue_tokens import issue_tokens
from apps.common.clock import database_now
from apps.concerts.models import (
    CancellationPolicy,
    Concert,
    Genre,
    Performance,
    Publication,
    Seat,
    Venue,
    WaitingRoomMode,
)
from apps.concerts.policy_presets import KFTC_STANDARD
from apps.concerts.services.build_venue import build_venue
from apps.concerts.services.change_performance import change_performance
from apps.concerts.services.create_performance import create_performance
from apps.concerts.services.set_prices import GradePrice
from apps.concerts.venue_plans.plan import SectionPlan, VenuePlan
from apps.orders.services.rebuild_seat_state import ensure_seat_state
from apps.rehearsal.buyers import Buyer

PRICE_KRW = 50_000
SEATS_IN_A_ROW = 50
INSIDE_LIMIT = 500


def set_stage(*, seats: int, per_order: int, rate: float | None) -> Performance:
    """Put a new performance with `seats` seats on sale; with a `rate` its waiting room is on."""
    now = database_now()
    performance = create_performance(
        _concert(),
        venue=_hall(seats),
        starts_at=now + timedelta(days=30),
        sale_opens_at=now - timedelta(minutes=1),
        sale_closes_at=now + timedelta(hours=1),
        prices=[GradePrice(name="R", price_krw=PRICE_KRW, sections=["A"])],
        limit_per_person=max(per_order, 4),
        waiting_room_mode=WaitingRoomMode.OPEN if rate is None else WaitingRoomMode.QUEUE,
        waiting_room_rate=rate or 2.0,
        waiting_room_inside_limit=INSIDE_LIMIT,
        publication=Publication.PUBLISHED,
    )
    ensure_seat_state(performance.pk)
    return performance


def close_stage(performance: Performance) -> None:
    """End the sale of a rehearsal; its rows stay for whoever wants to look."""
    change_performance(performance.pk, sale_closes_at=database_now())


def seat_ids(performance: Performance) -> list[int]:
    """The seats on offer, those of one row side by side."""
    return list(Seat.objects.filter(venue=performance.venue_id).order_by("ordinal").values_list("pk", flat=True))


def gather_buyers(*, users: int, seats: list[int], per_order: int) -> list[Buyer]:
    """Give each of the crowd a token and neighbouring seats, so that the choices overlap."""
    starts = range(len(seats) - per_order + 1)
    buyers = []
    for issued in issue_tokens(count=users, role=Role.CUSTOMER):
        first = random.choice(starts)
        wanted = tuple(seats[first : first + per_order])
        buyers.append(Buyer(user_id=issued.user_id, token=issued.access, seat_ids=wanted))
    return buyers


def _concert() -> Concert:
    concert, _made = Concert.objects.get_or_create(
        slug="rehearsal",
        defaults={
            "title": "리허설",
            "is_rehearsal": True,
            "organiser": "Ticket-Live",
            "genre": Genre.CONCERT,
            "running_minutes": 60,
            "cancellation_policy": CancellationPolicy.objects.get(name=KFTC_STANDARD),
            "publication": Publication.PUBLISHED,
        },
    )
    return concert


def _hall(seats: int) -> Venue:
    name = f"리허설 홀 {seats}석"
    known = Venue.objects.filter(name=name).first()
    if known:
        return known
    full_rows, rest = divmod(seats, SEATS_IN_A_ROW)
    lengths = [SEATS_IN_A_ROW] * full_rows + [rest] * bool(rest)
    return build_venue(VenuePlan(name=name, sections=[SectionPlan(code="A", rows=len(lengths), seats=lengths)]))
