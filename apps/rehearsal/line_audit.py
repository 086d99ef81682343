"""Whether the line let people in as it should: in its order, and no faster than its rate."""

from __future__ import annotations

from collections.abc import Sequence

from apps.rehearsal.buyers import Buyer
from apps.rehearsal.verdict import Finding

BURST_SECONDS = 1.0  # each learns of the turn a little late, the first too


def audit_line(buyers: Sequence[Buyer], *, rate: float) -> Finding:
    """In no span of time were more let in than the rate gives, with a small burst; and nobody was lost.

    Seen from the buyers: each learns of its turn at its next poll, so spans are looked at from the first.
    """
    times = sorted(buyer.admitted_at for buyer in buyers if buyer.admitted_at is not None)
    lost = len(buyers) - len(times)
    first = times[0] if times else 0.0
    over = [at for count, at in enumerate(times, start=1) if count > (at - first + BURST_SECONDS) * rate]
    return Finding(
        "everybody was let in, never faster than the rate",
        not lost and not over,
        f"{len(times)} let in within {times[-1] - first if times else 0:.1f} s at {rate:g}/s, {lost} lost",
    )
