"""The figures of docs/kpis.md as columns: what each is called, its unit, and how it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.common.templatetags.ticketlive_staff import NOTHING, duration, percent

Unit = Literal["count", "seconds", "share", "points"]
IN_HEADING = {"seconds": _("seconds"), "share": _("share"), "count": "", "points": ""}


@dataclass(frozen=True, slots=True)
class Column:
    """A figure: its name in `kpis.ratios`, what it is called, and its unit."""

    name: str
    label: Promise
    unit: Unit = "count"

    @property
    def heading(self) -> str:
        """For a file, where the numbers are bare: the label with the unit."""
        unit = IN_HEADING[self.unit]
        return f"{self.label} ({unit})" if unit else str(self.label)

    def text(self, value: float | None) -> str:
        """For a page: the number as people write it."""
        if value is None:
            return NOTHING
        if self.unit == "seconds":
            return duration(value)
        if self.unit == "share":
            return percent(value)
        return number_format(value, 2 if self.unit == "points" else 0)


SHARED = (
    Column("handled", _("Handled")),
    Column("answered", _("Answered by a counselor")),
    Column("aht_seconds", _("Handling time"), "seconds"),
    Column("asa_seconds", _("Average speed of answer"), "seconds"),
    Column("first_response_p50_seconds", _("First reply, median"), "seconds"),
    Column("first_response_p90_seconds", _("First reply, 90th percentile"), "seconds"),
    Column("response_rate", _("Response rate"), "share"),
    Column("csat_average", _("Rating"), "points"),
    Column("csat_share", _("Satisfied"), "share"),
    Column("ratings", _("Ratings")),
    Column("transfers_out", _("Transferred away")),
    Column("transfers_in", _("Transferred here")),
    Column("lost", _("Lost")),
)
ONLY_COUNSELORS = (
    Column("acw_seconds", _("After-call work"), "seconds"),
    Column("occupancy", _("Occupancy"), "share"),
    Column("utilisation", _("Utilisation"), "share"),
    Column("concurrency", _("Concurrency"), "points"),
)
ONLY_CATEGORIES = (
    Column("service_level", _("Service level"), "share"),
    Column("abandoned", _("Abandoned")),
    Column("abandonment_rate", _("Abandonment rate"), "share"),
    Column("fcr_proxy", _("Settled at first contact"), "share"),
)
COUNSELOR_COLUMNS = (*SHARED, *ONLY_COUNSELORS)
CATEGORY_COLUMNS = (*SHARED, *ONLY_CATEGORIES)
CENTRE_COLUMNS = (*SHARED, *ONLY_CATEGORIES, *ONLY_COUNSELORS)
