"""The keys of one performance's line. They share the hash tag {performance:ID}, hence one slot of a cluster.

    line       hash    settings (see line_settings.py) and state:
                         ready           "1" once the line is made; a script that misses it changes nothing
                         next, cursor    the last number given out; the last one that had its turn
                         credits         turns that may be offered now, as of credited_at
                         outflow         numbers called a second, averaged over the last minute
                         created_at      when this line was made; after a loss it left the numbers up to gap_to
                         gap_from, gap_to  to those who had one, and knows that those up to gap_from were given out
                         seats_left, seats_counted_at  how many seats could be had when they were last counted
                         stalled_at, resumed_at, resumed_cursor  the last time that nobody could be heard
                         offered, noted_at, noted_idle  turns offered so far; the last point of the history
    numbers:B  hash    a bucket of 100 accounts (user id // 100): user id % 100 -> number
    seen       string  4 bytes a number: until when its owner counts as present
    offers     zset    number by the end of its owner's time to claim the turn
    returners  zset    number by number: missed their turn, came back, go first
    passes     zset    user id by the end of the pass
    entered    hash    user id -> when let in; a pass is never prolonged past a hard limit from there
    left       zset    who has given up how many numbers lately, in the form of `budget.lua`
    history    list    how the line stood, a point every few seconds (see history.py)

A number is where somebody stands: the cursor moves over them, and nothing is sorted. A bucket stays a
listpack, so a million people in line cost some 14 MB.
"""

from __future__ import annotations

import functools

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
    )


def number_keys(performance_id: int, user_id: int) -> tuple[str, ...]:
    """The keys of a visit that takes a number or gives it up."""
    return (*visit_keys(performance_id, user_id), f"left:{{performance:{performance_id}}}")


def tick_keys(performance_id: int) -> list[str]:
    """The keys of the whole line but the numbers, in the order that the tick takes them."""
    tag = f"{{performance:{performance_id}}}"
    return [f"{kind}:{tag}" for kind in ("line", "seen", "offers", "returners", "passes", "entered")]
