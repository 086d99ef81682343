"""What staff type: prices and seats, each in a few words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django import forms

from apps.common.errors import ValidationFailed
from apps.concerts.models import Grade, Performance, Seat, Section
from apps.concerts.services.set_prices import GradePrice, check_prices

PRICE_LINE = re.compile(
    r"(?P<name>\S{1,20})\s+(?P<price>\d{1,9})(?:\s+(?P<color>#[0-9a-fA-F]{6}))?\s*:\s*(?P<sections>.+)"
)
NUMBERS = re.compile(r"\d{1,5}(-\d{1,5})?(\s*,\s*\d{1,5}(-\d{1,5})?)*")


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
            raise forms.ValidationError(f"Not a grade: {line}")
        codes = [code.strip() for code in match["sections"].split(",")]
        color = match["color"] or "#6b7280"
        prices.append(GradePrice(name=match["name"], price_krw=int(match["price"]), color=color, sections=codes))
    return prices


class PerformanceForm(forms.ModelForm):
    prices = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 6, "cols": 100}),
        help_text="One grade a line: VIP 165000 #7c3aed: F1, F2. A section that no grade has is not for sale.",
    )

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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["prices"] = format_prices(self.instance)

    def clean_prices(self) -> list[GradePrice]:
        return parse_prices(self.cleaned_data["prices"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        venue = self.instance.venue if self.instance.pk else cleaned.get("venue")
        if venue and "prices" in cleaned:
            try:
                check_prices(venue, cleaned["prices"])
            except ValidationFailed as error:
                self.add_error("prices", error.extras["errors"]["prices"])
        return cleaned


class BlockSeatsForm(forms.Form):
    """Seats of one performance, by section, row and number."""

    section = forms.ModelChoiceField(Section.objects.none())
    row = forms.CharField(max_length=10, required=False, help_text="Empty: all rows of the section.")
    numbers = forms.RegexField(NUMBERS, required=False, help_text="1-4, 9. Empty: all seats.", max_length=200)
    reason = forms.CharField(max_length=200, required=False)

    def __init__(self, *args: Any, performance: Performance, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sections = Section.objects.filter(venue=performance.venue_id).select_related("venue")
        self.fields["section"].queryset = sections  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            seats = Seat.objects.filter(section=cleaned["section"])
            if cleaned["row"]:
                seats = seats.filter(row=cleaned["row"])
            if cleaned["numbers"]:
                seats = seats.filter(number__in=list(_numbers(cleaned["numbers"])))
            cleaned["seat_ids"] = list(seats.values_list("pk", flat=True))
            if not cleaned["seat_ids"]:
                raise forms.ValidationError("There are no such seats.")
        return cleaned


def _numbers(text: str) -> Iterator[int]:
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        yield from range(int(first), min(int(last or first), 2_000) + 1)
