"""A process of the centre that is killed at a chosen place: `python -m tests.faults.counseling.die_at PLACE WORK IDS`.

PLACE is the dotted name of the function at whose call the process gets SIGKILL, WORK what it is about to do.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module

import django
import pytest
from django.utils.module_loading import import_string

from tests.faults.payments.die_at import die, find_owner
from tests.lua_clock import CLOCK_KEY, put_under_clock

SERVICES = "apps.counseling.services"


def request(customer_id: int, category_id: int) -> None:
    import_string(f"{SERVICES}.request_session.request_session")(customer_id, category_id=category_id)


def match(category_id: int) -> None:
    import_string(f"{SERVICES}.run_matches.run_matches")([category_id])


def end(session_id: int) -> None:
    reason = import_string("apps.counseling.states.EndReason").CUSTOMER
    import_string(f"{SERVICES}.end_session.end_session")(session_id, reason=reason)


def lose(counselor_id: int) -> None:
    import_string(f"{SERVICES}.counselor_states.lose_counselors")([counselor_id])


def extend(session_id: int, counselor_id: int, order_id: str) -> None:
    session = import_string("apps.counseling.models.CounselSession").objects.get(pk=session_id)
    role = import_string("apps.counseling.states.SenderRole").COUNSELOR
    member = import_string("apps.counseling.access.Member")(session, role, may_write=True)
    import_string(f"{SERVICES}.acts.extend_hold_once")(member, order_id, actor_id=counselor_id)


WORKS: dict[str, Callable[..., None]] = {
    "request": request,
    "match": match,
    "end": end,
    "lose": lose,
    "extend": extend,
}


def see_the_tests_clock() -> None:
    """Read the clock that the test turns, if it has one: then it does not matter how long this process takes."""
    if import_string("apps.common.redis.sync_redis")().exists(CLOCK_KEY):
        put_under_clock(pytest.MonkeyPatch(), import_module("apps.counseling.routing.store"))


def main(place: str, work: str, *ids: str) -> None:
    django.setup()
    see_the_tests_clock()
    owner, _, name = place.rpartition(".")
    setattr(find_owner(owner), name, die)
    WORKS[work](*(int(one) if one.isdigit() else one for one in ids))


if __name__ == "__main__":
    main(*sys.argv[1:])
