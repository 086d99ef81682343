"""Plain SQL for what a crowd does at once: several rows to an INSERT, without Django's model layer.

For rows of one moment that share a transaction the model layer, not the disk, is the cost
(docs/decisions/0005-joined-commits.md). Columns and tables are our own names, never input.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models


def table(model: type[models.Model]) -> str:
    """Return the name of a model's table."""
    return str(model._meta.db_table)


def moment(value: datetime) -> Any:
    """Return an aware time as the database's driver takes it."""
    return connection.ops.adapt_datetimefield_value(value)


def insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows in the caller's transaction; none does nothing.

    Raises:
        IntegrityError: one of them breaks a constraint; none is stored.
    """
    values = list(rows)
    if not values:
        return
    marks = ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table(model)} ({', '.join(columns)}) VALUES ({marks})", values)  # noqa: S608
