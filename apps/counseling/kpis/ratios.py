"""What is derived from additive parts, of one day or of many added up (docs/kpis.md). Seconds; shares from 0 to 1."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import models

MICROSECONDS = 1_000_000
NOT_ADDED = frozenset({"id", "day", "counselor", "category"})


def added_up(days: Iterable[models.Model]) -> dict[str, Any]:
    """Add the parts of several days; lists are joined."""
    total: dict[str, Any] = {}
    for day in days:
        for field in day._meta.concrete_fields:
            if field.name in NOT_ADDED:
                continue
            value = getattr(day, field.name)
            empty: Any = [] if isinstance(value, list) else 0
            total[field.name] = total.get(field.name, empty) + value
    return total


def counselor_ratios(parts: dict[str, Any]) -> dict[str, Any]:
    """Derive a counselor's figures."""
    talk, after_call = parts["talk_us"], parts["after_call_us"]
    return {
        **_shared(parts),
        "aht_seconds": _seconds(talk + after_call, parts["handled"]),
        "acw_seconds": _seconds(after_call, parts["handled"]),
        "occupancy": _share(parts["occupied_us"], parts["on_queue_us"]),
        "utilisation": _share(parts["on_queue_us"], parts["logged_in_us"]),
        "concurrency": _share(parts["session_us"], parts["busy_us"]),
    }


def category_ratios(parts: dict[str, Any]) -> dict[str, Any]:
    """Derive a category's figures, or the whole centre's."""
    queued = parts["answered"] + parts["abandoned"]
    return {
        **_shared(parts),
        "aht_seconds": _seconds(parts["talk_us"], parts["handled"]),
        "abandoned": parts["abandoned"],
        "service_level": _share(parts["answered_in_time"], queued),
        "abandonment_rate": _share(parts["abandoned"], queued),
        "fcr_proxy": _share(parts["resolved"], parts["closed"]),
    }


def _shared(parts: dict[str, Any]) -> dict[str, Any]:
    responses = sorted(parts["first_responses_us"])
    return {
        "handled": parts["handled"],
        "answered": parts["answered"],
        "asa_seconds": _seconds(parts["wait_us"], parts["answered"]),
        "first_response_p50_seconds": _percentile(responses, 50),
        "first_response_p90_seconds": _percentile(responses, 90),
        "response_rate": _share(parts["responded"], parts["handled"]),
        "transfers_out": parts["transfers_out"],
        "transfers_in": parts["transfers_in"],
        "lost": parts["lost"],
        "ratings": parts["ratings"],
        "csat_average": _share(parts["rating_points"], parts["ratings"]),
        "csat_share": _share(parts["satisfied"], parts["ratings"]),
    }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _seconds(total_us: int, count: int) -> float | None:
    return total_us / MICROSECONDS / count if count else None


def _percentile(ordered: Sequence[int], percent: int) -> float | None:
    """Return the nearest-rank percentile."""
    if not ordered:
        return None
    return ordered[max(math.ceil(len(ordered) * percent / 100), 1) - 1] / MICROSECONDS
