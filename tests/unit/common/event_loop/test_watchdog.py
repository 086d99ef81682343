"""A loop that stands still is noticed, told of with every stack, and in the end ended; one that turns is not."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from prometheus_client import REGISTRY

from apps.common.event_loop.watchdog import EventLoopWatchdog, Standstill, logger

LOOK_SECONDS = 0.01
PATIENCE_SECONDS = 60


def figure(name: str) -> float:
    return REGISTRY.get_sample_value(f"ticketlive_event_loop_{name}") or 0.0


@dataclass
class Ended:
    """Takes the place of the end of the process."""

    came: threading.Event = field(default_factory=threading.Event)

    def __call__(self) -> None:
        self.came.set()


class Logged(logging.Handler):
    """What the watchdog has said. Without `may_speak` it hangs, as a log does whose reader does not read."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.stall = threading.Event()
        self.may_speak = threading.Event()
        self.may_speak.set()

    def emit(self, record: logging.LogRecord) -> None:
        self.may_speak.wait()
        self.lines.append(record.getMessage())
        if "has not turned" in record.getMessage():
            self.stall.set()


@pytest.fixture
def logged() -> Iterator[Logged]:
    handler = Logged()
    logger.addHandler(handler)
    yield handler
    handler.may_speak.set()
    logger.removeHandler(handler)


def watch(*, ends_after_seconds: float = 0, end: Callable[[], None], stall_seconds: float = 0.5) -> EventLoopWatchdog:
    return EventLoopWatchdog(
        ends_after_seconds=ends_after_seconds, stall_seconds=stall_seconds, look_seconds=LOOK_SECONDS, end=end
    )


def stand_still_until(noticed: threading.Event) -> None:
    """Block the loop, as a call does that should have gone to a thread."""
    assert noticed.wait(PATIENCE_SECONDS)


def stand_still_for(watchdog: EventLoopWatchdog, *, looks: int) -> None:
    for _ in range(looks):
        assert not watchdog._stopped.wait(LOOK_SECONDS)


async def turns(times: int) -> None:
    """Let the loop turn until its pauses were measured so many times."""
    before = figure("pause_seconds_count")
    while figure("pause_seconds_count") < before + times:
        await asyncio.sleep(0.01)


async def test_a_loop_that_turns_is_measured_and_left_alone(logged: Logged) -> None:
    ended = Ended()
    watchdog = watch(ends_after_seconds=PATIENCE_SECONDS, end=ended, stall_seconds=PATIENCE_SECONDS)
    await turns(5)
    watchdog.stop()

    assert (ended.came.is_set(), logged.lines) == (False, [])


async def test_a_loop_that_stands_still_is_told_of_once_with_every_stack_and_counted(logged: Logged) -> None:
    before = figure("stalls_total")
    other = threading.Thread(target=logged.stall.wait, name="somebody-else")
    other.start()
    watchdog = watch(end=Ended())
    stand_still_until(logged.stall)
    stand_still_for(watchdog, looks=100)
    watchdog.stop()
    other.join()

    (stall,) = logged.lines
    assert stall.startswith("The event loop has not turned for")
    assert "Thread MainThread, the event loop's" in stall
    assert "in stand_still_until" in stall
    assert "Thread somebody-else, a thread's" in stall
    assert figure("stalls_total") == before + 1


async def test_a_loop_that_stands_still_for_too_long_ends_the_process(logged: Logged) -> None:
    ended = Ended()
    watch(ends_after_seconds=1, end=ended)
    stand_still_until(ended.came)

    first, second = (line.splitlines()[0] for line in logged.lines)
    assert first.endswith(" s")
    assert second.endswith(": the process ends")


async def test_without_a_bound_nothing_ends_it(logged: Logged) -> None:
    ended = Ended()
    watchdog = watch(end=ended)
    stand_still_until(logged.stall)
    stand_still_for(watchdog, looks=100)
    watchdog.stop()

    assert not ended.came.is_set()


async def test_the_end_does_not_wait_for_a_log_that_hangs(logged: Logged, capfd: pytest.CaptureFixture[str]) -> None:
    ended = Ended()
    logged.may_speak.clear()
    watch(ends_after_seconds=0.5, end=ended)
    stand_still_until(ended.came)

    assert logged.lines == []
    assert "in stand_still_until" in capfd.readouterr().err


async def test_each_time_that_it_stands_still_is_told_of(logged: Logged) -> None:
    before = figure("stalls_total")
    watchdog = watch(end=Ended())
    for _ in range(2):
        stand_still_until(logged.stall)
        await turns(2)
        while "The event loop turns again" not in logged.lines:
            await asyncio.sleep(LOOK_SECONDS)
        logged.lines.clear()
        logged.stall.clear()
    watchdog.stop()

    assert figure("stalls_total") >= before + 2


async def test_a_pause_is_seen_in_the_figures() -> None:
    watchdog = watch(end=Ended())
    before = figure("pause_seconds_sum")
    stand_still_until(_after(0.2))
    await turns(1)
    watchdog.stop()

    assert figure("pause_seconds_sum") - before >= 0.1
    assert figure("longest_pause_seconds") >= 0.1


async def test_a_loop_that_has_ended_is_not_one_that_stands_still(logged: Logged) -> None:
    ended = Ended()

    async def live() -> EventLoopWatchdog:
        return watch(ends_after_seconds=10 * LOOK_SECONDS, end=ended, stall_seconds=10 * LOOK_SECONDS)

    watchdog = await asyncio.to_thread(asyncio.run, live())
    stand_still_for(watchdog, looks=100)

    assert (ended.came.is_set(), logged.lines) == (False, [])


def test_time_counts_for_as_long_as_the_loop_has_no_new_stamp() -> None:
    standstill = Standstill(0.25)
    looks = [(7, 0.0), (7, 0.25), (7, 0.5), (8, 0.75), (9, 1.0), (9, 1.25)]

    assert [standstill.look(stamps, now=now) for stamps, now in looks] == [0, 0.25, 0.5, 0, 0, 0.25]


def test_the_hour_that_a_process_was_stopped_does_not_count() -> None:
    standstill = Standstill(0.25)
    looks = [(7, 0.0), (7, 0.25), (7, 3_600.0), (7, 3_600.25)]

    assert [standstill.look(stamps, now=now) for stamps, now in looks] == [0, 0.25, 0.5, 0.75]


def _after(seconds: float) -> threading.Event:
    """An event that comes after so many seconds."""
    event = threading.Event()
    threading.Timer(seconds, event.set).start()
    return event


async def test_the_backstop_is_armed_before_the_loop_can_get_stuck() -> None:
    class Armed:
        times = 0

        def arm(self) -> None:
            self.times += 1

        def disarm(self) -> None:
            pass

    backstop = Armed()
    watchdog = EventLoopWatchdog(ends_after_seconds=0, look_seconds=3600.0, backstop=backstop)  # type: ignore[arg-type]

    assert backstop.times == 1  # the thread has not looked yet
    watchdog.stop()
