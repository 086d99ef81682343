"""How well a line kept its word: order, pace, promises, slots. Figures of plain lists, wherever they come from."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from statistics import median


def kendall_tau(order: Sequence[float]) -> float:
    """Return Kendall's tau of the values against their places in the sequence; 1 where there are fewer than two.

    1.0 means the order of the values, -1.0 the opposite one. Values are to be different. Time n log n (Knight, 1966).
    """
    pairs = len(order) * (len(order) - 1) // 2
    return 1.0 if not pairs else 1.0 - 2.0 * _inversions(list(order)) / pairs


def _inversions(values: list[float]) -> int:
    """Count the pairs that are the wrong way round, while sorting the values in place by merging runs."""
    count, width, size = 0, 1, len(values)
    while width < size:
        for start in range(0, size - width, 2 * width):
            left, right = values[start : start + width], values[start + width : start + 2 * width]
            merged, at = [], 0
            for value in right:
                while at < len(left) and left[at] <= value:
                    merged.append(left[at])
                    at += 1
                count += len(left) - at
                merged.append(value)
            values[start : start + 2 * width] = merged + left[at:]
        width *= 2
    return count


def worst_window(times: Sequence[float], seconds: float) -> int:
    """Return how many of the times, which ascend, lie in the fullest window that is open at its end."""
    return max((number - bisect_left(times, at - seconds + 1e-6) + 1 for number, at in enumerate(times)), default=0)


def errors_of_promises(promised_and_waited: Iterable[tuple[float, float]], *, least_seconds: float) -> list[float]:
    """Return how far each promised wait was off, as a share of the real one; those who hardly waited are left out."""
    return sorted(
        abs(promised - waited) / waited for promised, waited in promised_and_waited if waited >= least_seconds
    )


def seconds_until_used(begun: Iterable[float], ended: Iterable[float], *, limit: int) -> list[float]:
    """Return how long each slot stood free that was given back while all were taken.

    `begun` and `ended` are when people were let in and when they went. Who comes in takes the slot that has been free
    for longest; slots that were never taken yet are free from before, and do not count.
    """
    events: list[tuple[float, int]] = []
    for at in begun:
        heappush(events, (at, 1))
    for at in ended:
        heappush(events, (at, 0))
    inside, freed, waits = 0, deque[float](), []
    while events:
        at, is_begin = heappop(events)
        if not is_begin:
            if inside >= limit or freed:
                freed.append(at)
            inside -= 1
            continue
        inside += 1
        if freed:
            waits.append(at - freed.popleft())
    return waits


def middle(values: Sequence[float]) -> float | None:
    """Return the median, None of nothing."""
    return median(values) if values else None
