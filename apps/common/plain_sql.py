"""Plain SQL for what a crowd does at once: few statements for many rows, without Django's model layer.

For rows of one moment that share a transaction the model layer, not the disk, is the cost: building and compiling one
query takes longer than the database does to answer it (docs/decisions/0005-joined-commits.md). Tables and columns in
these statements are our own names, never input; values are always parameters.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models


def table(model: type[models.Model]) -> str:
    """Return the name of a model's table."""
    return str(model._meta.db_table)


def moment(value: datetime) -> Any:
    """Return an aware time as the database's driver takes it."""
    return connection.ops.adapt_datetimefield_value(value)


def marks(values: Collection[Any]) -> str:
    """Return a place for each of some values, for `IN (...)`."""
    return ", ".join(["%s"] * len(values))


def for_update() -> str:
    """Return what locks the rows of a SELECT. SQLite has one writer at a time and no such words."""
    return " FOR UPDATE" if connection.features.has_select_for_update else ""


def select(statement: str, values: Sequence[Any]) -> list[Sequence[Any]]:
    """Return the rows of a SELECT; times come as `clock.as_utc` reads them."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def execute(statement: str, values: Sequence[Any]) -> int:
    """Run a statement in the caller's transaction and return how many rows it has changed.

    Raises:
        IntegrityError: a row would break a constraint; nothing was changed.
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows in the caller's transaction; none does nothing.

    Raises:
        IntegrityError: one of them breaks a constraint; none is stored.
    """
    values = list(rows)
    if values:
        places = f"({marks(columns)})"
        statement = f"INSERT INTO {table(model)} ({', '.join(columns)}) VALUES {', '.join([places] * len(values))}"  # noqa: S608
        execute(statement, [value for row in values for value in row])
