"""The keys of one performance's line. They share the hash tag {performance:ID}, hence one slot of a cluster.

    line       hash    settings (see line_settings.py) and state:
                         ready           "1" once the line is made; a script that misses it changes nothing
                         next, cursor    the last number given out; the last one that had its turn
                         admitted_at     the moment that the last to be let in was given: the next one is 1/rate later
                         slot_at         the last moment that a number was called for
                         door_ends_at    when those who are called are expected to be through
                         since_returner  turns given out since the last one of a returner
                         outflow         numbers called a second, averaged over the last minute
                         freed_pace      slots inside that are freed a second, averaged over ten
                         heard_at        when the line was last ticked or changed
                         created_at      when this line was made; after a loss it left the numbers up to gap_to
                         gap_from, gap_to  to those who had one, and knows that those up to gap_from were given out
                         seats_left, seats_counted_at  how many seats could be had when they were last counted
                         stalled_at, resumed_at, resumed_cursor  the last time that nobody could be heard
                         offered, noted_at, noted_idle  turns offered so far; the last sample
    numbers:B  hash    a bucket of 100 accounts (user id // 100): user id % 100 -> number
    seen       string  4 bytes a number: until when its owner counts as present; once the turn was missed, since when
    offers     zset    number by the moment of its turn; its cell in `seen` says until when the turn is kept
    returners  zset    number by number: missed their turn and came back; each goes after some who did not
    passes     zset    user id by the end of the pass; by minus its beginning while that is still to come
    entered    hash    user id -> when let in, to the microsecond: the pass's id, which whoever ends a pass has to
                       name; a pass is never prolonged past a hard limit from there. For a pass that was ended early,
                       until the next tick: minus the moment of its end
    record     stream  what happened to numbers, until it is in the database (see record.py)
    left       zset    who has given up how many numbers lately, in the form of `budget.lua`
    history    list    how the line stood, a sample every few seconds (see line_samples.py)

A number is where somebody stands: the cursor moves over them, and nothing is sorted. A bucket stays a
listpack, so a million people in line cost some 14 MB.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable

BUCKET = 100
BUCKETS_KEPT = 2048  # of the accounts that called last


def line_key(performance_id: int) -> str:
    """The key of a line's settings and state."""
    return f"line:{{performance:{performance_id}}}"


def pass_keys(performance_id: int) -> list[str]:
    """The keys that tell who is inside: passes, entered."""
    tag = f"{{performance:{performance_id}}}"
    return [f"passes:{tag}", f"entered:{tag}"]


def visit_keys(performance_id: int, user_id: int) -> tuple[str, ...]:
    """The keys that one account's visit touches, in the order that join, status and leave take them."""
    return _keys_of_bucket(performance_id, user_id // BUCKET)


@functools.lru_cache(maxsize=BUCKETS_KEPT)
def _keys_of_bucket(performance_id: int, bucket: int) -> tuple[str, ...]:
    tag = f"{{performance:{performance_id}}}"
    return (
        f"line:{tag}",
        f"numbers:{tag}:{bucket}",
        f"seen:{tag}",
        f"offers:{tag}",
        f"returners:{tag}",
        f"passes:{tag}",
        f"entered:{tag}",
        f"record:{tag}",
    )


def number_keys(performance_id: int, user_id: int) -> tuple[str, ...]:
    """The keys of a visit that takes a number or gives it up."""
    return (*visit_keys(performance_id, user_id), f"left:{{performance:{performance_id}}}")


def tick_keys(performance_id: int) -> list[str]:
    """The keys of the whole line but the numbers, in the order that the tick takes them."""
    tag = f"{{performance:{performance_id}}}"
    return [f"{kind}:{tag}" for kind in ("line", "seen", "offers", "returners", "passes", "entered", "record")]


def board_keys(performance_id: int) -> list[str]:
    """The keys by which everybody is told how a line stands: line, returners."""
    return [f"{kind}:{{performance:{performance_id}}}" for kind in ("line", "returners")]


def presence_keys(performance_id: int, user_ids: Iterable[int]) -> list[str]:
    """The keys that tell who is present, and who waits no more: line, seen, passes, and the bucket of each account."""
    kept = [f"{kind}:{{performance:{performance_id}}}" for kind in ("line", "seen", "passes")]
    return kept + [_keys_of_bucket(performance_id, user_id // BUCKET)[1] for user_id in user_ids]


def record_key(performance_id: int) -> str:
    """The key of what happened to a line's numbers since it was last taken to the database."""
    return f"record:{{performance:{performance_id}}}"


def create_keys(performance_id: int) -> list[str]:
    """The keys that a line is made of: line, seen."""
    tag = f"{{performance:{performance_id}}}"
    return [f"line:{tag}", f"seen:{tag}"]


def change_keys(performance_id: int) -> list[str]:
    """The keys that a change of settings touches: line, seen, offers."""
    return [*create_keys(performance_id), f"offers:{{performance:{performance_id}}}"]
