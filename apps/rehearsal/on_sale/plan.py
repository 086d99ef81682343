"""What a rehearsal is asked for, and the line's settings that follow from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil

from apps.rehearsal.on_sale.behaviours import REAL_PAUSES, Pauses, Shares

ADMISSION_SHARE = 0.67  # of the seconds, in which enough people are let in to buy all seats
LEAST_ADMISSION_SHARE = 0.4  # however long a visit takes
VISIT_SECONDS, REAL_VISIT_SECONDS = 5.0, 60.0  # from being let in to the tickets, about
SPARE = 1.1  # some find no seat, or are declined, while there are still seats for others


@dataclass(frozen=True, slots=True)
class RehearsalPlan:
    """One rehearsal. `rate` are admissions a second, `inside` the most people inside; 0 leaves it to the plan."""

    seats: int
    people: int
    seconds: float
    seed: int
    base_urls: tuple[str, ...]
    sandbox_url: str
    rate: float = 0.0
    inside: int = 0
    connections: int = 400
    sockets: int = 200
    edge_cache: bool = True
    askers: int = 0
    counselors: int = 5
    real_waiting: bool = False
    lead_seconds: float = 8.0
    grace_seconds: float = 30.0
    shares: Shares = field(default_factory=Shares)

    @property
    def pauses(self) -> Pauses:
        return REAL_PAUSES if self.real_waiting else Pauses()

    @property
    def admission_rate(self) -> float:
        """The rate asked for, or one at which all seats can be sold in time."""
        if self.rate:
            return self.rate
        admissions = self.seats / self.shares.tickets_per_admission * SPARE
        seconds = max(self.seconds * ADMISSION_SHARE - self.visit_seconds, self.seconds * LEAST_ADMISSION_SHARE)
        return float(max(1, ceil(admissions / seconds)))

    @property
    def most_inside(self) -> int:
        """The limit asked for, or as many as are inside at once at this rate (Little's law).

        More would only take each other's last seats: visits become longer when few seats are left.
        """
        return self.inside or ceil(self.admission_rate * self.visit_seconds)

    @property
    def visit_seconds(self) -> float:
        return REAL_VISIT_SECONDS if self.real_waiting else VISIT_SECONDS

    @property
    def asker_numbers(self) -> range:
        """Which of the people ask a counselor while they wait."""
        return range(0, self.people, -(-self.people // self.askers)) if self.askers else range(0)
