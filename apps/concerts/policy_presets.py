"""The two cancellation policies that every installation starts with.

Sources: the consumer-dispute standard of the Korea Fair Trade Commission for performances, and
what the large ticket sites print. Both are data: staff change them, or add others, in the admin.
"""

from __future__ import annotations

from datetime import time
from typing import Any

from django.db import models

KFTC_STANDARD = "KFTC consumer-dispute standard"
TICKET_SITES = "Ticket sites"

PRESETS: dict[str, dict[str, Any]] = {
    KFTC_STANDARD: {
        "free_period_hours": 24,
        "free_period_until_days": 3,
        "cutoff_days_before": None,
        "cutoff_time": None,
        "tiers": [
            {"days_before_min": 10},
            {"days_before_min": 7, "percent": 10},
            {"days_before_min": 3, "percent": 20},
            {"days_before_min": 1, "percent": 30},
            {"days_before_min": 0, "percent": 90},
        ],
    },
    TICKET_SITES: {
        "free_period_hours": 7 * 24,
        "free_period_until_days": 10,
        "cutoff_days_before": 1,
        "cutoff_time": time(17),
        "tiers": [
            {"days_before_min": 10, "per_ticket_krw": 4_000, "cap_percent": 10},
            {"days_before_min": 7, "percent": 10},
            {"days_before_min": 3, "percent": 20},
            {"days_before_min": 1, "percent": 30},
        ],
    },
}


def install_presets(policies: models.Manager[Any], tiers: models.Manager[Any]) -> None:
    """Create the presets that are missing; one that is there stays as staff left it.

    Takes the models' managers as arguments, since a migration has its own form of them.
    """
    for name, preset in PRESETS.items():
        fields = {field: value for field, value in preset.items() if field != "tiers"}
        policy, created = policies.get_or_create(name=name, defaults=fields)
        if created:
            tiers.bulk_create(tiers.model(policy=policy, **tier) for tier in preset["tiers"])
