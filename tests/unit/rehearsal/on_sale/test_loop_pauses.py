from __future__ import annotations

from apps.rehearsal.on_sale.client import Client
from apps.rehearsal.on_sale.figures import Figures
from apps.rehearsal.on_sale.loop_pauses import LoopPauses

PAGE = """\
# HELP ticketlive_event_loop_pause_seconds How late
# TYPE ticketlive_event_loop_pause_seconds histogram
ticketlive_event_loop_pause_seconds_bucket{{le="0.01"}} {fast}
ticketlive_event_loop_pause_seconds_bucket{{le="0.1"}} {slow}
ticketlive_event_loop_pause_seconds_bucket{{le="+Inf"}} {slow}
ticketlive_event_loop_pause_seconds_count {slow}
ticketlive_event_loop_pause_seconds_sum 1.0
# TYPE ticketlive_event_loop_longest_pause_seconds gauge
ticketlive_event_loop_longest_pause_seconds {longest}
# TYPE something_else gauge
something_else{{broken
"""


def pauses() -> LoopPauses:
    return LoopPauses(Client("http://127.0.0.1:9", connections=1, figures=Figures()))


def test_pauses_of_before_the_rehearsal_are_not_its_own() -> None:
    one = pauses()
    one.read(PAGE.format(fast=100, slow=120, longest=0.09), at=0.0)
    one.read(PAGE.format(fast=150, slow=170, longest=0.09), at=2.0)
    one.read(PAGE.format(fast=190, slow=215, longest=0.09), at=4.0)

    assert one.longest == [(2.0, 0.01), (4.0, 0.1)]
    assert one.counts == [(0.01, 90), (0.1, 95), (float("inf"), 95)]


def test_a_new_longest_pause_is_told_as_it_was() -> None:
    one = pauses()
    one.read(PAGE.format(fast=100, slow=120, longest=0.09), at=0.0)
    one.read(PAGE.format(fast=110, slow=131, longest=0.0975), at=2.0)

    assert one.longest == [(2.0, 0.0975)]


def test_a_platform_that_tells_nothing_is_known_as_such() -> None:
    one = pauses()
    one.read("# TYPE python_info gauge\npython_info 1.0\n", at=0.0)

    assert not one.is_known
    assert one.counts == []
