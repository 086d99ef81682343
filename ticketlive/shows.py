"""A show's life, from its publication to its calling off: what the environment says about it."""

from __future__ import annotations

from typing import Any

from ticketlive import environment


def publication_needs_two(*, debug: bool) -> bool:
    """Tell whether somebody else has to approve what one person has submitted."""
    return environment.flag("PUBLICATION_NEEDS_TWO", default=not debug)


def deposits() -> dict[str, Any]:
    """Return what holds where a concert does not say otherwise (docs/deposits.md); of the limits 0 is none."""
    return {
        "days": environment.number_up_to(7, "DEPOSIT_DAYS", 1, least=0),
        "until_hours_before": environment.not_negative("int", "DEPOSIT_UNTIL_HOURS_BEFORE", 48),
        "after_hours": environment.not_negative("int", "DEPOSIT_AFTER_HOURS", 24),
        "share_percent": environment.number_up_to(100, "DEPOSIT_SHARE_PERCENT", 30),
        "open_per_person": environment.not_negative("int", "DEPOSITS_PER_PERSON", 2),
        "seats_per_person": environment.not_negative("int", "DEPOSIT_SEATS_PER_PERSON", 8),
        "open_per_show": environment.not_negative("int", "DEPOSITS_PER_SHOW", 1000),
        "lapses": environment.not_negative("int", "DEPOSIT_LAPSES", 3),
        "lapse_days": environment.positive("int", "DEPOSIT_LAPSE_DAYS", 30),
    }


def call_off_calls_at_once() -> int:
    """Return how many refunds of a show that is called off are asked for at the same time."""
    return int(environment.positive("int", "CALL_OFF_CALLS_AT_ONCE", 8))


def call_off_needs_two() -> bool:
    """Tell whether one person proposes to call a show off, and somebody else confirms it."""
    return environment.flag("CALL_OFF_NEEDS_TWO", default=False)
