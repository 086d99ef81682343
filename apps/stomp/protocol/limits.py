"""How much one connection may ask for. What goes over a limit is refused before it has been stored."""

from __future__ import annotations

from dataclasses import dataclass

from apps.common.limits import STOMP_BODY_BYTES, STOMP_HEAD_BYTES


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes are in bytes, as they come over the wire."""

    max_headers: int = 100
    max_line_bytes: int = 8 * 1024
    max_head_bytes: int = STOMP_HEAD_BYTES
    max_body_bytes: int = STOMP_BODY_BYTES
    max_subscriptions: int = 100
    max_transactions: int = 10
    max_transaction_frames: int = 1_000
    max_transaction_bytes: int = 4 * 1024 * 1024  # of all frames that wait, in all open transactions
    max_unacknowledged: int = 1_000
