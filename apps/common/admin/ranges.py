"""The range of days that a page of figures is asked for: two dates, and links for the usual ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.clock import database_now
from apps.common.days import FIRST_DAY, LAST_DAY, MAX_DAYS, DayRange, day_of

USUAL_DAYS = 7
PRESETS: tuple[tuple[int, Promise], ...] = (
    (1, gettext_lazy("Today")),
    (7, gettext_lazy("7 days")),
    (30, gettext_lazy("30 days")),
)


class DayField(forms.DateField):
    """A day that a calendar chooses, of the centuries in which days can be counted from it."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    default_validators = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]


class RangeForm(forms.Form):
    """`from` and `to`, both included; without both the last days up to today, without one what makes a week.

    After `is_valid()` the range is `cleaned_data["days"]`.
    """

    def __init__(self, query: Mapping[str, Any], **kwargs: Any) -> None:
        usual = usual_range()
        asked = {name: value for name, value in query.items() if value}
        if not {"from", "to"} & asked.keys():
            asked |= {"from": usual.first.isoformat(), "to": usual.last.isoformat()}
        super().__init__(asked, **kwargs)
        for name, label in (("from", gettext_lazy("From")), ("to", gettext_lazy("To"))):
            self.fields[name] = DayField(label=label, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        week = timedelta(days=USUAL_DAYS - 1)
        first, last = cleaned["from"], cleaned["to"]
        days = DayRange(first or last - week, last or first + week)
        if not 0 < len(days) <= MAX_DAYS:
            message = _("From the first day on, and %(count)d days at most.") % {"count": MAX_DAYS}
            raise forms.ValidationError({"to": message})
        return {**cleaned, "days": days}


@dataclass(frozen=True, slots=True)
class Preset:
    """A link to a usual range; `query` begins with a question mark."""

    label: str
    query: str
    is_current: bool


def presets(current: DayRange, *, keep: Mapping[str, Any] | None = None) -> list[Preset]:
    """The usual ranges that end today; `keep` is what else of the address stays."""
    today = day_of(database_now())
    links = []
    for count, label in PRESETS:
        days = DayRange(today - timedelta(days=count - 1), today)
        query = {"from": days.first, "to": days.last, **{name: value for name, value in (keep or {}).items() if value}}
        links.append(Preset(str(label), f"?{urlencode(query)}", days == current))
    return links


def usual_range() -> DayRange:
    """What is shown where nothing, or nothing sensible, was asked for."""
    today = day_of(database_now())
    return DayRange(today - timedelta(days=USUAL_DAYS - 1), today)
