"""How much one connection may ask for. What goes over a limit is refused before it has been stored."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes are in bytes, as they come over the wire."""

    max_headers: int = 100
    max_line_bytes: int = 8 * 1024
    max_head_bytes: int = 32 * 1024
    max_body_bytes: int = 64 * 1024
    max_subscriptions: int = 100
    max_transactions: int = 10
    max_transaction_frames: int = 1_000
    max_transaction_bytes: int = 4 * 1024 * 1024  # of all frames that wait, in all open transactions
    max_unacknowledged: int = 1_000
