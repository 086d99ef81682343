"""What there is before the day begins: shows, halls of one plan, people, staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from apps.accounts.models import Role, User
from apps.concerts.models import Performance, Publication, Venue, WaitingRoomMode
from apps.concerts.waiting_room.services.open_line import open_line
from tests import factories
from tests.staff import make_staff

LIMIT = 4  # seats a person
AT_ONCE = 500
SHOWS = ("later", "elsewhere", "off", "coming", "deposits", "plain")


@dataclass(frozen=True, slots=True)
class Stage:
    """Shows by what happens to them, the halls that one of them can move to, who buys and who works there."""

    shows: dict[str, int]
    seats: dict[str, list[int]]
    twins: list[Venue]
    people: list[int]
    catalogue: User
    reviewer: User
    managers: list[User]
    clerk: User
    concerts: dict[str, int]

    def look_at_seats(self, show: str) -> None:
        """Read a show's seats anew: one that was moved to another hall has others."""
        self.seats[show] = _seats_of(Performance.objects.get(pk=self.shows[show]))


def set_stage(*, people: int, seats: int) -> Stage:
    """Make the shows, each in a hall of its own with at least `seats` seats, and everybody in them.

    `later` and `elsewhere` will be moved, `off` (which has a waiting room) is called off, `coming` is not published
    yet, of `deposits` the open deposits are released, `plain` is left to its buyers. Between eight and nine days ahead
    the policy keeps a fee.
    """
    rows = max(1, -(-seats // 20))
    shows = {name: _make_show(name, rows) for name in SHOWS}
    User.objects.bulk_create(
        [User(email=f"buyer{n}@example.com", nickname=f"b{n}", password="!") for n in range(people)],
        batch_size=AT_ONCE,
    )
    _charge_fees(shows["plain"])
    return Stage(
        shows={name: show.pk for name, show in shows.items()},
        seats={name: _seats_of(show) for name, show in shows.items()},
        twins=[factories.make_venue(rows=rows) for _ in range(2)],
        people=list(User.objects.filter(email__startswith="buyer").order_by("pk").values_list("pk", flat=True)),
        catalogue=make_staff("catalogue"),
        reviewer=make_staff("publication", "catalogue"),
        managers=[make_staff("show manager") for _ in range(3)],
        clerk=_make_clerk(),
        concerts={name: show.concert_id for name, show in shows.items()},
    )


def _make_show(name: str, rows: int) -> Performance:
    show = factories.make_performance(
        venue=factories.make_venue(rows=rows),
        limit=LIMIT,
        mode=WaitingRoomMode.QUEUE if name == "off" else WaitingRoomMode.OPEN,
        rate=50.0,
        opens_in=timedelta(days=-2),
        starts_in=timedelta(days=8, hours=12),
        closes_in=timedelta(days=8),
        in_redis=name != "coming",
    )
    if name == "coming":
        Performance.objects.filter(pk=show.pk).update(publication=Publication.DRAFT)
    else:
        open_line(show.pk)
    return show


def _charge_fees(show: Performance) -> None:
    """Keep a fee from the first hour on: all concerts of the day go by the same policy."""
    policy = show.concert.cancellation_policy
    policy.free_period_hours = 0
    policy.save()


def _seats_of(show: Performance) -> list[int]:
    return [*factories.seat_ids(show, AT_ONCE, section="A"), *factories.seat_ids(show, AT_ONCE, section="B")]


def _make_clerk() -> User:
    clerk = make_staff("sales")
    assert clerk.role == Role.STAFF
    return clerk
