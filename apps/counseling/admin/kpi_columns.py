"""The figures of docs/kpis.md as columns: how each is headed and written."""

from __future__ import annotations

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from apps.common.templatetags.ticketlive_staff import NOTHING, duration, percent
from apps.counseling.kpis.ratios import Figure

IN_HEADING = {"seconds": _("seconds"), "share": _("share"), "count": "", "points": ""}


def heading_of(figure: Figure) -> str:
    """For a file, where the numbers are bare: the label with the unit."""
    unit = IN_HEADING[figure.unit]
    return f"{figure.label} ({unit})" if unit else str(figure.label)


def text_of(figure: Figure, value: float | None) -> str:
    """For a page: the number as people write it."""
    if value is None:
        return NOTHING
    if figure.unit == "seconds":
        return duration(value)
    if figure.unit == "share":
        return percent(value)
    return number_format(value, 2 if figure.unit == "points" else 0)
