"""A cancellation policy as a table that can be read: until when, at what fee. Pure, like the quote."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from apps.orders.cancellation.quote import Terms, Tier

NOTHING_BACK = Tier(0, 100)


@dataclass(frozen=True, slots=True)
class FeeRow:
    """The fee of a ticket that is cancelled on or before `last_day`, a day of the venue, and after the row above it.

    `most_days` is None in the first row, which has no beginning; both ends count.
    """

    last_day: date
    fewest_days: int
    most_days: int | None
    percent: int
    per_ticket_krw: int
    cap_percent: int

    @property
    def is_free(self) -> bool:
        return not self.percent and not self.per_ticket_krw

    @property
    def is_lost(self) -> bool:
        return self.percent >= 100  # noqa: PLR2004 - a hundred per cent


def fee_rows(terms: Terms, *, starts_at: datetime, zone: ZoneInfo) -> list[FeeRow]:
    """Write the tiers down from the earliest day to the last on which something can be cancelled."""
    show_day = starts_at.astimezone(zone).date()
    fewest_of_all = terms.cutoff_days_before or 0
    rows: list[FeeRow] = []
    most: int | None = None
    for tier in _tiers(terms):
        fewest = max(tier.days_before_min, fewest_of_all)
        if most is not None and fewest > most:
            break
        rows.append(
            FeeRow(
                last_day=show_day - timedelta(days=fewest),
                fewest_days=fewest,
                most_days=most,
                percent=tier.percent,
                per_ticket_krw=tier.per_ticket_krw,
                cap_percent=tier.cap_percent,
            )
        )
        most = fewest - 1
    return rows


def closes_at(terms: Terms, *, starts_at: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment after which nothing can be cancelled any more."""
    if terms.cutoff_days_before is None:
        return starts_at
    last_day = starts_at.astimezone(zone).date() - timedelta(days=terms.cutoff_days_before)
    midnight = datetime(last_day.year, last_day.month, last_day.day, tzinfo=zone)
    return min(starts_at, midnight + timedelta(minutes=terms.cutoff_minutes))


def _tiers(terms: Terms) -> list[Tier]:
    """The tiers by the days they ask for, the most first; days that no tier has give nothing back."""
    tiers = sorted(terms.tiers, key=lambda tier: tier.days_before_min, reverse=True)
    return tiers if tiers and tiers[-1].days_before_min == 0 else [*tiers, NOTHING_BACK]
