"""Who of the staff did what: one list over the records that each app keeps itself (docs/sales.md).

Nothing is copied. An app names its own record as a source, and tells one row of it as an `AuditEntry`:

    audits(AuditSource(name="waiting rooms", title=_("Waiting rooms"), permission="concerts.view_waitingroomchange",
                       rows=lambda: WaitingRoomChange.objects.select_related("actor"), at="at", actor="actor",
                       searched=("performance__concert__title",), tell=_audit_entry))

A page is read by one query a source, whatever page it is: each gives its newest rows before the cursor, and the
newest of all these are the page.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Model, Q, QuerySet
from django.utils.dateparse import parse_datetime

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One thing that somebody of the staff did: who, what, to what (with the admin's page of it), and the rest."""

    at: datetime
    actor: str
    what: StrOrPromise
    subject: str
    link: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSource:
    """A record of audit entries. `at` and `actor` name its fields, `searched` those that words are looked for in."""

    name: str
    title: StrOrPromise
    permission: str
    rows: Callable[[], QuerySet[Any]]
    at: str
    actor: str
    searched: Sequence[str]
    tell: Callable[[Any], AuditEntry]


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last entry of a page: what comes after it is older, or as old and of a later source or a lower key."""

    at: datetime
    source: str
    pk: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.source}~{self.pk}"

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """Read what `str` has written; None for anything else."""
        at, _, rest = text.partition("~")
        source, _, pk = rest.partition("~")
        try:
            moment = parse_datetime(at)
        except ValueError:
            return None
        if moment is None or moment.tzinfo is None or not (pk.isascii() and pk.isdigit() and len(pk) < 20):  # noqa: PLR2004
            return None
        return cls(moment, source, int(pk))


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Entries, the newest first, with the source of each, and where the next page begins; None on the last one."""

    entries: list[tuple[AuditSource, AuditEntry]]
    next: Cursor | None


_sources: dict[str, AuditSource] = {}


def audits(source: AuditSource) -> None:
    """Add a record to the audit."""
    _sources[source.name] = source


def list_sources() -> list[AuditSource]:
    """Every record, in the order of their names, which is that of entries of the same instant."""
    return [source for _, source in sorted(_sources.items())]


def read_audit(
    sources: Iterable[AuditSource],
    *,
    words: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    after: Cursor | None = None,
    limit: int = PAGE,
) -> AuditPage:
    """Read a page of the entries in `sources`.

    Args:
        words: each has to occur in the account's address or nickname, or in what the source looks in.
        since, until: from the one instant on, before the other.
        after: the last entry of the page before.
    """
    found: list[tuple[tuple[float, str, int], AuditSource, Model]] = []
    for source in sources:
        rows = source.rows().filter(_in_time(source, since, until), _words_occur(source, words))
        if after is not None:
            rows = rows.filter(_older(source, after))
        newest = rows.order_by(f"-{source.at}", "-pk")[: limit + 1]
        found += [((-getattr(row, source.at).timestamp(), source.name, -row.pk), source, row) for row in newest]
    page = heapq.nsmallest(limit + 1, found, key=lambda one: one[0])
    last = page[limit - 1] if len(page) > limit else None
    return AuditPage(
        entries=[(source, source.tell(row)) for _, source, row in page[:limit]],
        next=None if last is None else Cursor(getattr(last[2], last[1].at), last[1].name, int(last[2].pk)),
    )


def _in_time(source: AuditSource, since: datetime | None, until: datetime | None) -> Q:
    bounds = Q()
    if since is not None:
        bounds &= Q((f"{source.at}__gte", since))
    if until is not None:
        bounds &= Q((f"{source.at}__lt", until))
    return bounds


def _words_occur(source: AuditSource, words: str) -> Q:
    fields = (f"{source.actor}__email", f"{source.actor}__nickname", *source.searched)
    all_words = Q()
    for word in words.split()[:10]:
        somewhere = Q()
        for name in fields:
            somewhere |= Q((f"{name}__icontains", word))
        all_words &= somewhere
    return all_words


def _older(source: AuditSource, after: Cursor) -> Q:
    older = Q((f"{source.at}__lt", after.at))
    at_once = Q((source.at, after.at))
    if source.name > after.source:
        return older | at_once
    if source.name == after.source:
        return older | (at_once & Q(pk__lt=after.pk))
    return older
