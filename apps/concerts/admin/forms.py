"""What staff type: times, prices and seats, each in a few words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.errors import ValidationFailed
from apps.concerts.models import Grade, Performance, Seat, Section
from apps.concerts.services.set_prices import GradePrice, check_prices

PRICE_LINE = re.compile(
    r"(?P<name>\S{1,20})\s+(?P<price>\d{1,9})(?:\s+(?P<color>#[0-9a-fA-F]{6}))?\s*:\s*(?P<sections>.+)"
)
NUMBERS = re.compile(r"\A\d{1,5}(-\d{1,5})?(\s*,\s*\d{1,5}(-\d{1,5})?)*\Z")
TIMES = ("starts_at", "sale_opens_at", "sale_closes_at")


def zone_in_words() -> str:
    """Name the zone that staff write times in: the site's, with its offset now."""
    offset = timezone.localtime().strftime("%z")
    return f"{timezone.get_current_timezone_name()}, UTC{offset[:3]}:{offset[3:]}"


class SaleTimesForm(forms.ModelForm):
    """Says which zone the times are in: the site's, whatever the reader's computer says."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = zone_in_words()
        for name in TIMES:
            if name in self.fields:
                self.fields[name].help_text = _("Local time of %(zone)s.") % {"zone": zone}


def format_prices(performance: Performance) -> str:
    """A performance's prices as `parse_prices` reads them."""
    grades = Grade.objects.filter(performance=performance).prefetch_related("section_grades__section")
    return "\n".join(
        f"{grade.name} {grade.price_krw} {grade.color}: "
        + ", ".join(chosen.section.code for chosen in grade.section_grades.all())
        for grade in grades
    )


def parse_prices(text: str) -> list[GradePrice]:
    """Read one grade a line: name, price, colour if any, a colon, section codes.

    Raises:
        forms.ValidationError: names the line.
    """
    prices = []
    for line in filter(None, map(str.strip, text.splitlines())):
        match = PRICE_LINE.fullmatch(line)
        if match is None:
            raise forms.ValidationError(_("Not a grade: %(line)s"), params={"line": line})
        codes = [code.strip() for code in match["sections"].split(",")]
        color = match["color"] or "#6b7280"
        prices.append(GradePrice(name=match["name"], price_krw=int(match["price"]), color=color, sections=codes))
    return prices


class PricesForm(forms.Form):
    """All grades of a performance, and the version of the catalogue that they are a change of."""

    prices = forms.CharField(
        label=gettext_lazy("Grades"),
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "One grade a line: VIP 165000 #7c3aed: F1, F2. A section that no grade has is not for sale."
        ),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, performance: Performance, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.venue = performance.venue

    def clean_prices(self) -> list[GradePrice]:
        prices = parse_prices(self.cleaned_data["prices"])
        try:
            check_prices(self.venue, prices)
        except ValidationFailed as error:
            raise forms.ValidationError(error.extras["errors"]["prices"]) from error
        return prices


class PerformanceForm(SaleTimesForm):
    """A performance's times and limits. Prices and the waiting room have pages of their own."""

    class Meta:
        model = Performance
        fields = [
            "concert",
            "venue",
            "starts_at",
            "sale_opens_at",
            "sale_closes_at",
            "limit_per_person",
            "waiting_room_mode",
            "waiting_room_rate",
            "waiting_room_inside_limit",
            "waiting_room_opens_minutes_before",
        ]


class BlockSeatsForm(forms.Form):
    """Seats of one performance, by section, row and number."""

    section = forms.ModelChoiceField(Section.objects.none(), label=gettext_lazy("Section"))
    row = forms.CharField(
        label=gettext_lazy("Row"), max_length=10, required=False, help_text=gettext_lazy("Empty: all rows.")
    )
    numbers = forms.RegexField(
        NUMBERS,
        label=gettext_lazy("Numbers"),
        required=False,
        help_text=gettext_lazy("1-4, 9. Empty: all seats."),
        max_length=200,
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200, required=False)

    def __init__(self, *args: Any, performance: Performance, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sections = Section.objects.filter(venue=performance.venue_id).select_related("venue")
        self.fields["section"].queryset = sections  # type: ignore[attr-defined]
        self.fields["section"].label_from_instance = lambda section: section.name  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            seats = Seat.objects.filter(section=cleaned["section"])
            if cleaned["row"]:
                seats = seats.filter(row=cleaned["row"])
            if cleaned["numbers"]:
                seats = seats.filter(number__in=list(read_ranges(cleaned["numbers"], most=2_000)))
            cleaned["seat_ids"] = list(seats.values_list("pk", flat=True))
            if not cleaned["seat_ids"]:
                raise forms.ValidationError(_("There are no such seats."))
        return cleaned


class DrawnSeatsForm(forms.Form):
    """Seats chosen in the drawing: their ordinals as ranges, so that a whole level is a few characters."""

    MOST = 200_000

    action = forms.ChoiceField(choices=[("block", "block"), ("unblock", "unblock")])
    ordinals = forms.RegexField(re.compile(r"\A\d{1,6}(-\d{1,6})?(,\d{1,6}(-\d{1,6})?)*\Z"), max_length=60_000)
    reason = forms.CharField(max_length=200, required=False)

    def clean_ordinals(self) -> list[int]:
        """The ordinals in order, at least one. Ranges that overlap could name a hall's seats thousands of times."""
        named = list(islice(read_ranges(self.cleaned_data["ordinals"], most=self.MOST), self.MOST + 2))
        if not 0 < len(named) <= self.MOST + 1:
            raise forms.ValidationError(_("There are no such seats."))
        return sorted(set(named))


def read_ranges(text: str, *, most: int) -> Iterator[int]:
    """Yield the numbers of "1-4, 9", none above `most`, each as often as it is named."""
    for part in text.split(","):
        first, _dash, last = part.strip().partition("-")
        yield from range(int(first), min(int(last or first), most) + 1)
