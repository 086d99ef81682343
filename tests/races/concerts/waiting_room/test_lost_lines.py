"""A crowd finds that Redis has lost the line: one of them makes it anew."""

from __future__ import annotations

from functools import partial

import pytest

from apps.common.redis import sync_redis
from apps.concerts.models import WaitingRoomMark, WaitingRoomMode
from apps.concerts.waiting_room.services.open_line import NUMBERS_LEFT_FREE, open_line
from tests.factories import make_performance
from tests.payment_threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_crowd_that_finds_the_line_lost_leaves_numbers_free_once() -> None:
    performance = make_performance(mode=WaitingRoomMode.QUEUE, in_redis=False)
    open_line(performance.pk)
    sync_redis().flushall()

    assert at_once([partial(open_line, performance.pk)] * 8) == [None] * 8

    assert WaitingRoomMark.objects.get(performance=performance).next_number == NUMBERS_LEFT_FREE
