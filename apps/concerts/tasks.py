from celery import shared_task

from apps.common.health import record_tick
from apps.common.redis import translate_errors
from apps.concerts.waiting_room.services import tick_waiting_rooms as waiting_rooms


@shared_task(name="concerts.tick_waiting_rooms")
def tick_waiting_rooms() -> None:
    """Move on every open line; the next second's run makes up for one that failed."""
    with translate_errors():
        waiting_rooms.tick_waiting_rooms()
        record_tick()
