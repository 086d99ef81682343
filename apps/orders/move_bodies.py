"""Moves of a show as the API tells them; `concerts.api.serializers.MoveSerializer` says the same for Django's lane."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

import msgspec
from django.conf import settings

from apps.common.clock import as_utc
from apps.common.database import plain_sql
from apps.concerts.models import PerformanceMove, Venue


class HallBody(msgspec.Struct):
    """A hall, and the zone in which the times of its shows are told."""

    name: str
    time_zone: str


class MoveBody(msgspec.Struct):
    """That a show got another date or hall; times in UTC.

    Whoever ordered before `moved_at` can return tickets free of charge until `free_return_until`.
    """

    moved_at: datetime
    from_starts_at: datetime
    from_venue: HallBody
    to_starts_at: datetime
    to_venue: HallBody
    reason: str
    free_return_until: datetime


def read_moves(performance_ids: Collection[int]) -> Mapping[int, list[MoveBody]]:
    """Return the moves of performances, the newest first, in one round trip."""
    found: defaultdict[int, list[MoveBody]] = defaultdict(list)
    ids = sorted(set(performance_ids))
    moves, venues = plain_sql.table(PerformanceMove), plain_sql.table(Venue)
    rows = plain_sql.select(
        f"SELECT {moves}.performance_id, {moves}.moved_at, {moves}.from_starts_at, was.name, was.time_zone, "  # noqa: S608
        f"{moves}.to_starts_at, now.name, now.time_zone, {moves}.reason, {moves}.free_return_until FROM {moves} "
        f"JOIN {venues} was ON was.id = {moves}.from_venue_id JOIN {venues} now ON now.id = {moves}.to_venue_id "
        f"WHERE {moves}.performance_id IN ({plain_sql.marks(ids)}) AND {moves}.status = %s ORDER BY {moves}.id DESC",
        [*ids, PerformanceMove.Status.DONE.value],
    )
    for performance_id, moved_at, from_starts, was, was_zone, to_starts, now, now_zone, reason, until in rows:
        found[performance_id].append(
            MoveBody(
                moved_at=as_utc(moved_at),
                from_starts_at=as_utc(from_starts),
                from_venue=HallBody(was, was_zone or settings.TIME_ZONE),
                to_starts_at=as_utc(to_starts),
                to_venue=HallBody(now, now_zone or settings.TIME_ZONE),
                reason=reason,
                free_return_until=as_utc(until),
            )
        )
    return found
