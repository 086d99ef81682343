"""Measures how long the event loop stands still, and ends a process whose loop does not turn any more.

The loop stamps a time; how late the stamp comes is a pause of the loop. A thread looks whether the stamps go on. After
`STALL_SECONDS` without one it logs the stack of every thread; after a bound it ends the process, so that its supervisor
starts another (docs/web-process.md).
"""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable

from django.conf import settings
from prometheus_client import Counter, Gauge, Histogram

from apps.common.event_loop.per_loop import PerLoop

STAMP_SECONDS = 0.05  # a pause is seen whole but for this much of it, and costs a timer each
LOOK_SECONDS = 0.25
STALL_SECONDS = 1.0
SAYING_SECONDS = 1.0  # that the end of a process waits for its log: what blocks the loop may block the log as well

EXIT_CODE = 75  # EX_TEMPFAIL of sysexits.h
BACKSTOP_SIGNAL = signal.SIGPROF  # it ends the process where no thread of Python's can

PAUSE_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

pauses = Histogram(
    "ticketlive_event_loop_pause_seconds",
    "How late the event loop came to a timer of every 50 ms",
    buckets=PAUSE_BUCKETS,
)
longest_pause = Gauge(
    "ticketlive_event_loop_longest_pause_seconds", "The longest pause of the event loop since the process started"
)
stalls = Counter("ticketlive_event_loop_stalls", "How often the event loop has not turned for a second")

logger = logging.getLogger(__name__)


class EventLoopWatchdog:
    """Watches the event loop that starts it, from a thread of its own.

    Args:
        ends_after_seconds: how long the loop may stand still until the process is ended; 0: for ever.
        stall_seconds: how long it may stand still until that is logged and counted.
        end: ends the process.
    """

    def __init__(
        self,
        *,
        ends_after_seconds: float,
        stall_seconds: float = STALL_SECONDS,
        look_seconds: float = LOOK_SECONDS,
        end: Callable[[], None] = lambda: os._exit(EXIT_CODE),
        backstop: Backstop | None = None,
    ) -> None:
        self._ends_after_seconds = ends_after_seconds
        self._stall_seconds = stall_seconds
        self._look_seconds = look_seconds
        self._end = end
        self._backstop = backstop
        self._loop = asyncio.get_running_loop()
        self._loop_thread = threading.get_ident()
        self._stamps = 0
        self._longest = 0.0
        self._due = time.monotonic() + STAMP_SECONDS
        self._timer = self._loop.call_later(STAMP_SECONDS, self._stamp)
        self._stopped = threading.Event()
        if backstop is not None:
            backstop.arm()  # the loop may get stuck before the thread has looked for the first time
        self._thread = threading.Thread(target=self._watch, name="event-loop-watchdog", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Watch no longer: the loop is about to end."""
        self._timer.cancel()
        self._stopped.set()
        self._thread.join(SAYING_SECONDS)

    def _stamp(self) -> None:
        now = time.monotonic()
        pause = max(0.0, now - self._due)
        pauses.observe(pause)
        if pause > self._longest:
            self._longest = pause
            longest_pause.set(pause)
        self._stamps += 1
        self._due = now + STAMP_SECONDS
        self._timer = self._loop.call_later(STAMP_SECONDS, self._stamp)

    def _watch(self) -> None:
        try:
            self._look_again_and_again()
        finally:
            if self._backstop is not None:
                self._backstop.disarm()

    def _look_again_and_again(self) -> None:
        standstill = Standstill(self._look_seconds)
        has_reported = False
        while not self._stopped.wait(self._look_seconds) and not self._loop.is_closed():
            if self._backstop is not None:
                self._backstop.arm()
            if not self._loop.is_running():  # it rests between two runs
                standstill = Standstill(self._look_seconds)
            seconds = standstill.look(self._stamps, now=time.monotonic())
            if seconds == 0 and has_reported:
                has_reported = False
                _within(SAYING_SECONDS, lambda: logger.warning("The event loop turns again"))
            elif seconds >= self._stall_seconds and not has_reported:
                has_reported = True
                stalls.inc()
                self._say("The event loop has not turned for %.1f s", seconds)
            if 0 < self._ends_after_seconds <= seconds:
                self._say("The event loop has not turned for %.1f s: the process ends", seconds)
                self._end()
                return

    def _say(self, message: str, seconds: float) -> None:
        """Log it with the stack of every thread; where the log is stuck as well, past the log."""

        def log() -> None:
            logger.critical(message + "\n%s", seconds, stacks(self._loop_thread))

        def past_the_log() -> None:
            faulthandler.dump_traceback(file=sys.__stderr__ or 2, all_threads=True)

        _ = _within(SAYING_SECONDS, log) or _within(SAYING_SECONDS, past_the_log)


class Standstill:
    """How long the loop has stood still, as far as somebody has seen who looks at its stamps now and then.

    Only time that passed under the looker's eyes counts, at most `look_seconds` for each look: a process that was
    stopped (SIGSTOP, a sleeping laptop) has seen nothing of it, and is not ended for that when it wakes.
    """

    def __init__(self, look_seconds: float) -> None:
        self._look_seconds = look_seconds
        self._stamps = -1
        self._looked_at = 0.0
        self._seconds = 0.0

    def look(self, stamps: int, *, now: float) -> float:
        """Return the seconds since the last stamp that were seen passing; 0 where there is a new one."""
        if stamps == self._stamps:
            self._seconds += min(now - self._looked_at, self._look_seconds)
        else:
            self._stamps, self._seconds = stamps, 0.0
        self._looked_at = now
        return self._seconds


class Backstop:
    """Ends a process in which C code keeps every thread of Python's from running, this watchdog's too.

    The kernel sends SIGPROF when the process has used so much processor time since it was last armed; then
    `faulthandler`, which needs no lock of the interpreter, prints the stacks, and the signal ends the process.
    A stopped process uses no processor time.

    Args:
        seconds: that pass at least, on all processors of the machine.
    """

    def __init__(self, *, seconds: float) -> None:
        self._processor_seconds = seconds * (os.cpu_count() or 1)
        faulthandler.register(BACKSTOP_SIGNAL, file=sys.__stderr__ or 2, all_threads=True, chain=True)

    def arm(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, self._processor_seconds)

    def disarm(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)


def stacks(loop_thread: int) -> str:
    """Return where every thread is, the event loop's first."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    frames = sorted(sys._current_frames().items(), key=lambda item: item[0] != loop_thread)  # noqa: SLF001 - documented
    parts = []
    for ident, frame in frames:
        whose = "the event loop's" if ident == loop_thread else "a thread's"
        parts.append(f"Thread {names.get(ident, ident)}, {whose} (most recent call last):\n")
        parts.extend(traceback.format_stack(frame))
    return "".join(parts)


def _within(seconds: float, work: Callable[[], object]) -> bool:
    """Do something in a thread of its own; say whether it was done in time."""
    done = threading.Event()

    def run() -> None:
        work()
        done.set()

    try:
        threading.Thread(target=run, name="event-loop-watchdog-log", daemon=True).start()
    except RuntimeError:  # the system has no thread left
        return False
    return done.wait(seconds)


def _watchdog_of_settings() -> EventLoopWatchdog:
    seconds = settings.EVENT_LOOP_STALL_SECONDS
    return EventLoopWatchdog(ends_after_seconds=seconds, backstop=Backstop(seconds=seconds) if seconds else None)


_watchdog = PerLoop(_watchdog_of_settings)


async def start_watchdog() -> None:
    """Have the running event loop watched until `stop_watchdog`."""
    _watchdog()


async def stop_watchdog() -> None:
    """Watch no longer; how long a process may take to end is its supervisor's to say."""
    _watchdog().stop()
