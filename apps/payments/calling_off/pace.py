"""How many refunds are asked for at once: fewer and later where the provider is in trouble, more again where it is not.

Pure but for its lock: the clock comes from outside, and nothing here knows a provider.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Condition

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
WORTH_WAITING_SECONDS = 4.0  # for a longer pause no thread waits: a later run goes on
GOOD_ONES_FOR_ONE_MORE = 5


class Pace:
    """Lets threads go, at most `most` at once.

    After an answer that tells of trouble (no answer, 429, 5xx) nobody goes for a pause, and then half as many at once;
    each further trouble doubles the pause. What fails together counts once. Answers that are well bring one more at a
    time, and end the pauses.

    Args:
        pause_seconds: of the run before, where that ended in a pause: this one begins with a single call.
        clock: seconds that only grow.
    """

    def __init__(self, most: int, *, pause_seconds: float = 0.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._changed = Condition()
        self._limit = 1 if pause_seconds else most
        self._pause = pause_seconds
        self._not_before = 0.0
        self._under_way = 0
        self._good_ones = 0
        self._is_closed = False

    @property
    def limit(self) -> int:
        return self._limit

    @property
    def pause_seconds(self) -> float:
        """The pause that counts now; 0 where all is well."""
        return self._pause

    def enter(self) -> bool:
        """Wait for one's turn; False once it is closed, or where the pause is longer than it is worth waiting for."""
        with self._changed:
            while not self._is_closed:
                pause = self._not_before - self._clock()
                if pause > WORTH_WAITING_SECONDS:
                    return False
                if pause <= 0 and self._under_way < self._limit:
                    self._under_way += 1
                    return True
                self._changed.wait(pause if pause > 0 else None)
            return False

    def leave(self, *, went_well: bool | None) -> None:
        """Tell how the call went that `enter` has let go; None where there was none."""
        with self._changed:
            self._under_way -= 1
            if went_well:
                self._count_good_one()
            elif went_well is False and self._clock() >= self._not_before:
                self._pause = min(max(2 * self._pause, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
                self._not_before = self._clock() + self._pause
                self._limit = max(1, self._limit // 2)
                self._good_ones = 0
            self._changed.notify_all()

    def close(self) -> None:
        """Let nobody go any more."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _count_good_one(self) -> None:
        if self._clock() < self._not_before:
            return  # it was on its way before the trouble
        self._pause = 0.0
        self._good_ones += 1
        if self._good_ones >= GOOD_ONES_FOR_ONE_MORE and self._limit < self._most:
            self._limit += 1
            self._good_ones = 0
