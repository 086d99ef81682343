"""What is said before anything is made: a rehearsal that makes no sense, or has nobody to play with."""

from __future__ import annotations

import httpx
from django.conf import settings

from apps.concerts.venue_plans.plan import MAX_SEATS
from apps.payments.gateway.registry import current_provider
from apps.rehearsal.on_sale.plan import RehearsalPlan

MOST_PEOPLE = 500_000
TIMEOUT_SECONDS = 5.0
OK = 200


class Impossible(Exception):
    """The rehearsal cannot be held; nothing was made."""


def refuse_impossible(plan: RehearsalPlan, *, has_right: bool) -> None:
    """Raise Impossible unless the rehearsal makes sense and everything it needs is there."""
    if not (settings.DEBUG or has_right):
        raise Impossible("A rehearsal makes accounts and a sale of its own: without DEBUG it runs with --force only.")
    refuse_nonsense(plan)
    _refuse_another_provider(plan)
    for url in plan.base_urls:
        _refuse_absent(f"{url}/healthz", f"No platform answers at {url}; start one with `make run`.")
    _refuse_absent(
        f"{plan.sandbox_url}/sandbox/health", f"No sandbox of the payment provider answers at {plan.sandbox_url}."
    )


def refuse_nonsense(plan: RehearsalPlan) -> None:
    """Raise Impossible for figures that no sale can have."""
    for name in ("seats", "people", "seconds", "connections"):
        if not getattr(plan, name) > 0:  # neither is a number that is none
            raise Impossible(f"--{name} has to be more than 0.")
    for name in ("rate", "inside", "sockets", "askers"):
        if not getattr(plan, name) >= 0:
            raise Impossible(f"--{name} cannot be less than 0.")
    if plan.seats > MAX_SEATS:
        raise Impossible(f"--seats {plan.seats:,}: a hall has at most {MAX_SEATS:,} seats.")
    if plan.people > MOST_PEOPLE:
        raise Impossible(f"--people {plan.people:,}: a rehearsal has at most {MOST_PEOPLE:,} people.")
    if plan.askers and not plan.counselors > 0:
        raise Impossible("--counselors has to be more than 0 where people ask for one.")


def _refuse_another_provider(plan: RehearsalPlan) -> None:
    """The platform has to pay at the very sandbox at which the crowd agrees to pay: never for money."""
    why_not = current_provider().refuse_rehearsal(plan.sandbox_url)
    if why_not:
        raise Impossible(why_not)


def _refuse_absent(url: str, sentence: str) -> None:
    try:
        answer = httpx.get(url, timeout=TIMEOUT_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Impossible(f"{sentence} ({type(error).__name__})") from error
    if answer.status_code != OK:
        raise Impossible(f"{sentence} ({answer.status_code})")
