"""Bring lines, loads and states back into Redis from the database, whole or one session at a time.

Nobody is matched before everybody is there: until `rebuild.lua` has set `ready`, every script of routing answers
NOT_READY. One rebuild at a time, under a python-redis-lock; should the lock run out, only the first of two
rebuilds counts. What services commit meanwhile they tell routing afterwards, when it is there: each of their
calls is safe to repeat, and where routing disagrees with the database `put_right` lets the database decide.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Awaitable, Callable
from typing import TypeVar

from django.conf import settings
from django.db import transaction

from apps.common.database.threads import in_database_thread
from apps.common.redis import translate_errors
from apps.common.redis.locks import one_at_a_time
from apps.counseling.errors import RoutingNotReady
from apps.counseling.models import CounselSession
from apps.counseling.notices import tell_counselor
from apps.counseling.routing import snapshot, store
from apps.counseling.routing.keys import REBUILD_LOCK

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

LOCK_SECONDS = 30


def ensure_routing() -> bool:
    """Rebuild routing if Redis does not have it; tell whether this call did."""
    with translate_errors(), one_at_a_time(REBUILD_LOCK, seconds=LOCK_SECONDS):
        return not store.is_ready() and rebuild_routing()


def rebuild_routing() -> bool:
    """Write what the database knows, unless routing is there already; tell whether this call did.

    1. Read the open sessions.
    2. Read the counselors, later, so that whoever came to work and was given one of the sessions is among them: the
       last state that the history has, capacity and skills, since when idle.
    3. Write it all by one script. An offer lasts its full time again; whoever was at work has the time of grace to
       give a sign of life, and so has who has conversations and is not among them: then those go to others.
    4. Tell the counselors their states: the history may lag behind what they saw last.
    """
    sessions = snapshot.list_open_sessions()
    counselors = snapshot.list_counselors()
    done = store.rebuild(
        sessions,
        counselors,
        epoch=uuid.uuid4().hex[:8],
        offer_seconds=settings.COUNSEL_OFFER_SECONDS,
        grace_seconds=settings.COUNSEL_GRACE_SECONDS,
    )
    if done:
        logger.info("rebuilt routing: %s open sessions, %s counselors", len(sessions), len(counselors))
        _tell_states()
    return done


def _tell_states() -> None:
    for counselor in store.team():
        state = {"state": counselor.state, "load": counselor.load, "capacity": counselor.capacity}
        tell_counselor(counselor.counselor_id, {"type": "STATE", **state, "reason": "rebuilt"})


def put_right(session_id: int) -> bool:
    """Put one session where the database says it is; tell whether routing had it elsewhere.

    For whoever finds that the two disagree: a settle that was refused, a lease that has lapsed, a transaction that
    failed. The row is locked meanwhile: who changes it next tells routing later than this.
    """
    with transaction.atomic():
        CounselSession.objects.select_for_update().filter(pk=session_id).first()
        known = snapshot.get_open_session(session_id)
        return with_routing(lambda: store.put_right(session_id, known, offer_seconds=settings.COUNSEL_OFFER_SECONDS))


def with_routing(call: Callable[[], Result]) -> Result:
    """Return what `call` returns; where Redis does not have routing, rebuild it and call again."""
    try:
        return call()
    except RoutingNotReady:
        ensure_routing()
        return call()


async def awith_routing(call: Callable[[], Awaitable[Result]]) -> Result:
    """The same from the event loop."""
    try:
        return await call()
    except RoutingNotReady:
        await in_database_thread(ensure_routing)
        return await call()
