"""What a rehearsal needs in the database: a performance in a hall of its own, and people with tokens."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password

from apps.accounts.models import Role, User
from apps.accounts.rehearsals import EMAIL_DOMAIN, rehearsal_email
from apps.accounts.services.issue_tokens import IssuedToken
from apps.accounts.tokens import AccessToken
from apps.common.clock import database_now
from apps.concerts.models import CancellationPolicy, Concert, Genre, Performance, Publication, Venue, WaitingRoomMode
from apps.concerts.policy_presets import KFTC_STANDARD
from apps.concerts.services.build_venue import build_venue
from apps.concerts.services.change_performance import change_performance
from apps.concerts.services.create_performance import create_performance
from apps.concerts.services.set_prices import GradePrice
from apps.concerts.venue_plans.plan import SectionPlan, VenuePlan
from apps.counseling.models import Category, CounselorProfile, Domain
from apps.orders.services.rebuild_seat_state import ensure_seat_state
from apps.rehearsal.counseling.stage import CAPACITY, Centre

DOMAIN_OF_DESK = "리허설"
SLUG = "on-sale-rehearsal"
PRICES_KRW = {"VIP": 154_000, "R": 132_000, "S": 99_000}
SEATS_IN_A_ROW = 40
ROWS_IN_A_SECTION = 25
LIMIT_PER_PERSON = 4
BATCH_SIZE = 2_000
TIMES_ARE_KEPT_FOR = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody of the crowd, with an access token."""

    user_id: int
    token: str


def set_stage(*, seats: int, rate: float, inside: int, opens_at: datetime) -> Performance:
    """Make a performance whose sale opens at `opens_at`, behind a waiting room that people can join at once."""
    venue = _hall(seats)
    sections = list(venue.sections.order_by("position").values_list("code", flat=True))
    performance = create_performance(
        _concert(),
        venue=venue,
        starts_at=database_now() + timedelta(days=30),
        sale_opens_at=opens_at,
        sale_closes_at=opens_at + TIMES_ARE_KEPT_FOR,
        prices=_prices(sections),
        limit_per_person=LIMIT_PER_PERSON,
        waiting_room_mode=WaitingRoomMode.QUEUE,
        waiting_room_rate=rate,
        waiting_room_inside_limit=inside,
        publication=Publication.PUBLISHED,
    )
    ensure_seat_state(performance.pk)
    return performance


def open_sale(performance: Performance, *, opens_at: datetime) -> None:
    """Move the opening: everything is ready."""
    change_performance(performance.pk, sale_opens_at=opens_at)


def close_stage(performance: Performance) -> None:
    """End the sale of a rehearsal; its rows stay for whoever wants to look, until they are removed."""
    now = database_now()
    performance.refresh_from_db()
    opens_at = min(performance.sale_opens_at, now - timedelta(seconds=1))
    change_performance(performance.pk, sale_opens_at=opens_at, sale_closes_at=now)


def invite(people: int) -> list[Guest]:
    """Give so many accounts of the rehearsal a token each; accounts that are missing are made."""
    issued = _issue([rehearsal_email(number) for number in range(1, people + 1)], role=Role.CUSTOMER)
    return [Guest(one.user_id, one.access) for one in issued]


def open_desk(askers: Sequence[Guest], *, counselors: int) -> Centre:
    """Make a category that only the rehearsal's counselors know, for these of the crowd."""
    domain, _ = Domain.objects.get_or_create(name=DOMAIN_OF_DESK, defaults={"is_rehearsal": True})
    category = Category.objects.create(domain=domain, name=f"{DOMAIN_OF_DESK} {uuid.uuid4().hex[:8]}")
    emails = [f"rehearsal-counselor-{number:02d}@{EMAIL_DOMAIN}" for number in range(1, counselors + 1)]
    team = _issue(emails, role=Role.COUNSELOR)
    for one in team:
        profile, _ = CounselorProfile.objects.get_or_create(user_id=one.user_id)
        CounselorProfile.objects.filter(pk=profile.pk).update(capacity=CAPACITY, is_active=True)
        profile.skills.set([category])
    return Centre(category.pk, [IssuedToken(one.user_id, "", one.token) for one in askers], team)


def _issue(emails: Sequence[str], *, role: Role) -> list[IssuedToken]:
    users = _accounts(emails)
    missing = [email for email in emails if email not in users]
    if missing:
        _make_accounts(missing, role=role)
        users |= _accounts(missing)
    return [
        IssuedToken(users[email].pk, email, str(AccessToken.of_user(users[email], session_id=uuid.uuid4())))
        for email in emails
    ]


def _accounts(emails: Sequence[str]) -> dict[str, User]:
    known: dict[str, User] = {}
    for batch in _batches(emails):
        known |= {user.email: user for user in User.objects.filter(email__in=batch)}
    return known


def _make_accounts(emails: Sequence[str], *, role: Role) -> None:
    """Insert what another rehearsal has not inserted at the same moment. Nobody can log in to them."""
    unusable = make_password(None)
    for batch in _batches(emails):
        User.objects.bulk_create(
            (User(email=email, nickname=email.partition("@")[0], role=role, password=unusable) for email in batch),
            ignore_conflicts=True,
        )


def _batches(emails: Sequence[str]) -> Iterator[Sequence[str]]:
    return (emails[start : start + BATCH_SIZE] for start in range(0, len(emails), BATCH_SIZE))


def _concert() -> Concert:
    """The concert of all rehearsals: what marks their sales as none of the house's."""
    concert, _made = Concert.objects.get_or_create(
        slug=SLUG,
        defaults={
            "title": "예매 리허설",
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
    """A hall of so many seats, in sections of rows; the same one for each rehearsal of that size."""
    name = f"예매 리허설 홀 {seats:,}석"
    known = Venue.objects.filter(name=name).first()
    return known or build_venue(plan_hall(name, seats))


def plan_hall(name: str, seats: int) -> VenuePlan:
    """Plan sections of full rows, three of them to a level; the last rows are shorter where need be."""
    per_section = SEATS_IN_A_ROW * ROWS_IN_A_SECTION
    sections = []
    for index, start in enumerate(range(0, seats, per_section)):
        full_rows, rest = divmod(min(per_section, seats - start), SEATS_IN_A_ROW)
        lengths = [SEATS_IN_A_ROW] * full_rows + [rest] * bool(rest)
        sections.append(SectionPlan(code=f"S{index + 1}", rows=len(lengths), seats=lengths, level=1 + index // 10))
    return VenuePlan(name=name, sections=sections)


def _prices(sections: Sequence[str]) -> list[GradePrice]:
    """The dearest grade in front; a small hall has fewer grades."""
    share = -(-len(sections) // len(PRICES_KRW))
    parts = [list(sections[start : start + share]) for start in range(0, len(sections), share)]
    grades = zip(PRICES_KRW.items(), parts, strict=False)
    return [GradePrice(name=name, price_krw=price, sections=part) for (name, price), part in grades]
