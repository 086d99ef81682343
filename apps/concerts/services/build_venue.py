from __future__ import annotations

from django.db import IntegrityError, transaction

from apps.common.database.transactions import retried_transaction
from apps.common.errors import ValidationFailed
from apps.concerts.models import Seat, Section, Venue
from apps.concerts.venue_plans.geometry import place_seats
from apps.concerts.venue_plans.plan import VenuePlan

BATCH = 2_000


@retried_transaction
def build_venue(plan: VenuePlan) -> Venue:
    """Create a hall with all its sections and seats, or nothing.

    Ten thousand seats take about a second: one INSERT for each `BATCH` of them.

    Raises:
        ValidationFailed: a hall of this name exists.
    """
    venue = _create_venue(plan)
    sections = {
        planned.code: Section.objects.create(
            venue=venue, code=planned.code, name=planned.name or planned.code, position=position
        )
        for position, planned in enumerate(plan.sections, start=1)
    }
    Seat.objects.bulk_create(
        (
            Seat(
                venue=venue,
                section=sections[place.section.code],
                row=place.row,
                number=place.number,
                ordinal=ordinal,
                x=place.x,
                y=place.y,
                is_accessible=place.is_accessible,
            )
            for ordinal, place in enumerate(place_seats(plan))
        ),
        batch_size=BATCH,
    )
    return venue


def _create_venue(plan: VenuePlan) -> Venue:
    try:
        with transaction.atomic():
            return Venue.objects.create(
                name=plan.name,
                city=plan.city,
                address=plan.address,
                seat_count=sum(section.seat_count for section in plan.sections),
            )
    except IntegrityError as error:
        raise ValidationFailed(errors={"plan": [f"There is a hall called {plan.name} already."]}) from error
