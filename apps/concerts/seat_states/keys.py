"""The keys of one performance's seats. They share the hash tag {performance:ID}, hence one slot of a cluster.

    sale      hash    ready, server, version, layout, opens_at, closes_at, limit, keys_expire_at
    cells     string  8 bytes a seat, at its ordinal
    orders    hash    order id -> record of a draft, a hold or a sale
    expiries  zset    order id by the second in which its draft or hold ends
    buyers    hash    user id -> ids of that user's orders in `orders`, joined by spaces
    changes   stream  `VERSION-0`: field `o` has the seats that changed with that version

`ready` is there once the whole state is: a script that misses it changes nothing. `server` is the run id of the
server that wrote the state: another one has perhaps lost the end of it, and begins anew (see other_servers.py).
`version` counts the changes of what a seat map shows, and gives every hold the number it is known by. records.py
describes cells and records. How many seats a buyer has is counted from the records, and kept nowhere else. All keys
end 30 days after the performance, at once; who asks for one after that has them rebuilt for a day.
"""

from __future__ import annotations

import functools

PERFORMANCES_KEPT = 1024
KINDS = ("sale", "cells", "orders", "expiries", "buyers", "changes")


# The performances whose seats somebody has looked for in vain; apart from any performance's slot.
WANTED_KEY = "seats:wanted"
SALES = "sale:{performance:*}"  # the pattern of every performance's `sale`


def sale_key(performance_id: int) -> str:
    """The key that holds the sale's settings, and whether the state is there."""
    return f"sale:{{performance:{performance_id}}}"


def orders_key(performance_id: int) -> str:
    """The key that holds the records of drafts, holds and sales."""
    return f"orders:{{performance:{performance_id}}}"


@functools.lru_cache(maxsize=PERFORMANCES_KEPT)
def seat_keys(performance_id: int) -> tuple[str, ...]:
    """All keys of the seats' state, in the order in which every script takes them."""
    tag = f"{{performance:{performance_id}}}"
    return tuple(f"{kind}:{tag}" for kind in KINDS)
