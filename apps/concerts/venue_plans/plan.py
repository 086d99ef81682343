"""The description of a hall, as YAML or JSON.

    name: 소극장 달빛
    city: 서울
    sections:
      - {code: A, name: 1층, rows: 12, seats: 20, aisles: [6, 14], accessible: [12-1, 12-20]}
      - {code: B, name: 2층, level: 2, rows: [가, 나, 다], seats: [24, 26, 28]}

Sections of one level stand side by side as seen from the audience, left to right in the order
given; a level stands behind the one before it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Annotated, Any

import msgspec
import yaml
from msgspec import Meta

from apps.common.errors import ValidationFailed

MAX_SEATS = 200_000
MAX_NUMBER_DIGITS = 4  # of a seat

# What YAML's own constructors raise for a date, a number or a truth value that is none.
_UNREADABLE = (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError)

Count = Annotated[int, Meta(ge=1, le=1_000)]
Label = Annotated[str, Meta(min_length=1, max_length=10, pattern=r"^[^\s-]+$")]


class SectionPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One section: its rows from the stage backwards, each with seats 1, 2, … from left to right."""

    code: Annotated[str, Meta(min_length=1, max_length=20, pattern=r"^[^\s,]+$")]
    rows: Count | Annotated[list[Label], Meta(min_length=1, max_length=1_000)]
    seats: Count | list[Count]
    name: Annotated[str, Meta(max_length=50)] = ""
    level: Annotated[int, Meta(ge=1, le=20)] = 1
    aisles: list[Count] = []
    """Seat numbers that an aisle follows."""
    accessible: list[str] = []
    """Seats as row-number: 12-1."""

    @property
    def row_labels(self) -> list[str]:
        if isinstance(self.rows, int):
            return [str(number) for number in range(1, self.rows + 1)]
        return self.rows

    @property
    def row_lengths(self) -> list[int]:
        if isinstance(self.seats, int):
            return [self.seats] * len(self.row_labels)
        return self.seats

    @property
    def seat_count(self) -> int:
        return sum(self.row_lengths)


class VenuePlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One hall."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    sections: Annotated[list[SectionPlan], Meta(min_length=1, max_length=500)]
    city: Annotated[str, Meta(max_length=50)] = ""
    address: Annotated[str, Meta(max_length=200)] = ""

    @property
    def levels(self) -> list[list[SectionPlan]]:
        """The sections by level, from the stage backwards."""
        numbers = sorted({section.level for section in self.sections})
        return [[section for section in self.sections if section.level == number] for number in numbers]


def parse_venue_plan(text: str) -> VenuePlan:
    """Read a description.

    Raises:
        ValidationFailed: it is neither YAML nor JSON, or describes no hall; `errors` says where.
    """
    try:
        description = yaml.safe_load(text)
    except RecursionError as error:
        raise ValidationFailed(errors={"plan": ["The description is nested too deeply."]}) from error
    except _UNREADABLE as error:
        raise ValidationFailed(errors={"plan": [f"Neither YAML nor JSON: {error}"]}) from error
    return checked_venue_plan(description)


def checked_venue_plan(description: Any) -> VenuePlan:
    """Make a plan of plain lists and dictionaries; raises `ValidationFailed` as `parse_venue_plan` does."""
    try:
        plan = msgspec.convert(description, VenuePlan)
        msgspec.json.encode(plan)
    except msgspec.ValidationError as error:
        raise ValidationFailed(errors={"plan": [str(error)]}) from error
    except UnicodeEncodeError as error:  # half a character, by an escape: it can be written into no table
        raise ValidationFailed(errors={"plan": ["There is half a character in the description."]}) from error
    mistakes = list(chain(_mistakes_of_hall(plan), *map(_mistakes_of_section, plan.sections)))
    if mistakes:
        raise ValidationFailed(errors={"plan": mistakes})
    return plan


def _mistakes_of_hall(plan: VenuePlan) -> Iterator[str]:
    for code in _repeated(section.code for section in plan.sections):
        yield f"section {code} is there twice"
    if sum(section.seat_count for section in plan.sections) > MAX_SEATS:
        yield f"a hall has at most {MAX_SEATS:,} seats"


def _mistakes_of_section(section: SectionPlan) -> Iterator[str]:
    labels, lengths = section.row_labels, section.row_lengths
    for label in _repeated(labels):
        yield f"section {section.code}: row {label} is there twice"
    if len(lengths) != len(labels):
        yield f"section {section.code}: {len(labels)} rows, but seats for {len(lengths)}"
        return
    length_of = dict(zip(labels, lengths, strict=True))
    for seat in section.accessible:
        row, _, number = seat.rpartition("-")
        if not (number.isdecimal() and len(number) <= MAX_NUMBER_DIGITS and 1 <= int(number) <= length_of.get(row, 0)):
            yield f"section {section.code}: there is no seat {seat}"


def _repeated(values: Iterable[str]) -> list[str]:
    return [value for value, times in Counter(values).items() if times > 1]
