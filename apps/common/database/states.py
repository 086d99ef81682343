"""States move by compare-and-set: a table of allowed moves, one conditional UPDATE, an event row with it.

ORDER_MOVES = Moves(Order, OrderEvent, {"PENDING": {"RESERVED", "EXPIRED"}, ...})
if not ORDER_MOVES.move(order_id, ["PENDING"], "RESERVED", reason="reserved"):
    ...  # somebody else was first, and nothing has changed
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.common.database import plain_sql


class IllegalMove(Exception):
    """A move that the table does not have: a mistake in the program, not in the input."""


class NotMoved(Exception):
    """A row that was to be moved with others was not in the state it had to be in: undo the transaction."""


class Moving(NamedTuple):
    """One row of several that move together, and what its event says."""

    pk: Any
    actor: str = "system"
    details: Mapping[str, Any] | None = None


class StateEvent(models.Model):
    """What happened to a state, in the order it happened. Append-only: rows are neither changed nor deleted."""

    from_status = models.CharField(_("from"), max_length=24)
    to_status = models.CharField(_("to"), max_length=24)
    reason = models.CharField(_("reason"), max_length=64)
    actor = models.CharField(
        _("by"), max_length=64, help_text=_("user:ID, staff:ID, or the part of the system that acted")
    )
    details = models.JSONField(_("details"), default=dict)
    happened_at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError(f"{type(self).__name__} rows are never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError(f"{type(self).__name__} rows are never deleted")


class Moves:
    """The moves of one model's `status`, or of another field that holds a state.

    Args:
        model: the model whose state moves.
        event: a `StateEvent` with a foreign key `subject` to it.
        table: {status: the statuses that may follow it}.
        field: the field that holds the state.
    """

    def __init__(
        self,
        model: type[models.Model],
        event: type[Any],
        table: Mapping[Any, Iterable[str]],
        field: str = "status",
    ) -> None:
        self.model = model
        self.event = event
        self.field = field
        self.table = {status: frozenset(following) for status, following in table.items()}

    def allowed(self, from_status: str, to_status: str) -> bool:
        return to_status in self.table.get(from_status, frozenset())

    def move(
        self,
        pk: Any,
        from_statuses: Iterable[str],
        to_status: str,
        *,
        reason: str,
        actor: str = "system",
        where: Q | None = None,
        changes: Mapping[str, Any] | None = None,
        details: Mapping[str, Any] | None = None,
        event: Mapping[str, Any] | None = None,
    ) -> bool:
        """Move one row if it is in one of `from_statuses` (and fits `where`); tell whether this call moved it.

        One conditional UPDATE decides for each status, and the event row shares its transaction. `event` are columns
        that the model's events have besides.

        Raises:
            IllegalMove: the table does not have the move.
        """
        candidates = list(from_statuses)
        for from_status in candidates:
            if not self.allowed(from_status, to_status):
                raise IllegalMove(f"{self.model.__name__}: {from_status} -> {to_status}")
        rows = self.model._default_manager.filter(where or Q(), pk=pk)
        with transaction.atomic():
            for from_status in candidates:
                if rows.filter(**{self.field: from_status}).update(**{self.field: to_status}, **(changes or {})):
                    self.event._default_manager.create(
                        subject_id=pk,
                        from_status=from_status,
                        to_status=to_status,
                        reason=reason,
                        actor=actor,
                        details=dict(details or {}),
                        **(event or {}),
                    )
                    return True
        return False

    def moving_together(
        self,
        rows: Sequence[Moving],
        from_status: str,
        to_status: str,
        *,
        reason: str,
        happened_at: datetime,
        changes: Mapping[str, Any] | None = None,
    ) -> list[plain_sql.Statement]:
        """Return the two statements that move rows which the caller's transaction has locked in `from_status`.

        The first is the conditional UPDATE: `all_moved` holds its result to the number of rows. The second appends the
        events. `changes` are further columns, as the driver takes their values.

        Raises:
            IllegalMove: the table does not have the move.
        """
        if not self.allowed(from_status, to_status):
            raise IllegalMove(f"{self.model.__name__}: {from_status} -> {to_status}")
        if not rows:
            return []
        names = ", ".join([f"{self.field} = %s", *(f"{column} = %s" for column in changes or {})])
        update = plain_sql.Statement(
            f"UPDATE {plain_sql.table(self.model)} SET {names} "  # noqa: S608
            f"WHERE id IN ({plain_sql.marks(rows)}) AND {self.field} = %s",
            [str(to_status), *(changes or {}).values(), *(row.pk for row in rows), str(from_status)],
        )
        events = plain_sql.inserting(
            self.event,
            ("subject_id", "from_status", "to_status", "reason", "actor", "details", "happened_at"),
            [
                (
                    row.pk, str(from_status), str(to_status), reason, row.actor,
                    json.dumps(dict(row.details or {})), plain_sql.moment(happened_at),
                )
                for row in rows
            ],
        )  # fmt: skip
        return [update, *events]


def all_moved(result: plain_sql.Result, rows: Sequence[Moving]) -> None:
    """Hold the result of an UPDATE of `moving_together` to its rows.

    Raises:
        NotMoved: not all of them were in the state they had to be in.
    """
    if result.changed != len(rows):
        raise NotMoved(f"{result.changed} of {len(rows)} rows were moved")
