from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError

from apps.common.database.transactions import in_transaction
from apps.common.errors import ValidationFailed
from apps.concerts.models import Concert, Performance, Publication, Venue, WaitingRoomMode
from apps.concerts.services.set_prices import GradePrice, set_prices


def create_performance(
    concert: Concert,
    *,
    venue: Venue,
    starts_at: datetime,
    sale_opens_at: datetime,
    sale_closes_at: datetime,
    prices: Sequence[GradePrice],
    limit_per_person: int = 4,
    waiting_room_mode: WaitingRoomMode = WaitingRoomMode.OPEN,
    waiting_room_rate: float = 2.0,
    waiting_room_inside_limit: int = 500,
    waiting_room_opens_minutes_before: int = 30,
    publication: Publication = Publication.DRAFT,
) -> Performance:
    """Create a performance and its prices, as a draft.

    What nobody has to approve, since no customer is meant (a demo, a rehearsal), is PUBLISHED at once. Once it is
    public its seats come into Redis with the next `orders.ensure_seat_states`.

    Raises:
        ValidationFailed: the times, limits or prices make no sense; nothing was created.
    """
    performance = Performance(
        concert=concert,
        venue=venue,
        starts_at=starts_at,
        sale_opens_at=sale_opens_at,
        sale_closes_at=sale_closes_at,
        limit_per_person=limit_per_person,
        waiting_room_mode=waiting_room_mode,
        waiting_room_rate=waiting_room_rate,
        waiting_room_inside_limit=waiting_room_inside_limit,
        waiting_room_opens_minutes_before=waiting_room_opens_minutes_before,
        publication=publication,
    )
    check_performance(performance)

    def store() -> None:
        performance.save()
        set_prices(performance, prices)

    in_transaction(store)
    return performance


def check_performance(performance: Performance) -> None:
    """Hold a performance to its model's rules.

    Raises:
        ValidationFailed
    """
    try:
        performance.full_clean()
    except ValidationError as error:
        raise ValidationFailed(errors=error.message_dict) from error
