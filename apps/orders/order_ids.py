"""Order ids: the performance in base 36, a hyphen, 80 random bits in Crockford's base 32.

    16-7K3M9QXW2B4D8FHJ

The performance stands in the id so that a script finds its Redis slot without a look-up; the
random part cannot be guessed. Fits `^[A-Za-z0-9_-]{6,64}$`, as payment providers want it.
"""

from __future__ import annotations

import re
import secrets

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_BYTES = 10
_BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TO_CROCKFORD = [CROCKFORD[high] + CROCKFORD[low] for high in range(32) for low in range(32)]
_PATTERN = re.compile(r"([0-9A-Z]{1,13})-[0-9A-HJKMNP-TV-Z]{16}")


def new_order_id(performance_id: int) -> str:
    """Make an id for an order of `performance_id`."""
    bits = int.from_bytes(secrets.token_bytes(RANDOM_BYTES))
    pairs = [_TO_CROCKFORD[bits >> shift & 1023] for shift in range(70, -1, -10)]
    return f"{_base36(performance_id)}-{''.join(pairs)}"


def performance_of(order_id: str) -> int | None:
    """Return the performance that `order_id` names, or None for what is not an order id."""
    match = _PATTERN.fullmatch(order_id)
    return int(match[1], 36) if match else None


def _base36(number: int) -> str:
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = _BASE36[digit] + digits
        if not number:
            return digits
