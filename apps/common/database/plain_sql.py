"""Plain SQL for what a crowd does at once: few statements for many rows, without Django's model layer.

For rows of one moment that share a transaction the model layer, not the disk, is the cost: building and compiling one
query takes longer than the database does to answer it (docs/decisions/0005-joined-commits.md). Tables and columns in
these statements are our own names, never input; values are always parameters.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

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


def for_share() -> str:
    """Return what locks the rows of a SELECT against changes until the commit; others may read and lock them alike."""
    return " LOCK IN SHARE MODE" if connection.vendor == "mysql" else ""


class Statement(NamedTuple):
    """One statement and its values."""

    sql: str
    values: Sequence[Any]


class Result(NamedTuple):
    """What a statement has led to: the rows of a SELECT, or how many rows were changed."""

    rows: Sequence[Sequence[Any]]
    changed: int


def run(statements: Sequence[Statement]) -> list[Result]:
    """Run statements one after the other in the caller's transaction; MySQL gets all of them in one round trip.

    Beside a busy event loop a round trip costs a thread up to a turn of the interpreter's lock. Times in rows come as
    `clock.as_utc` reads them.

    Raises:
        IntegrityError: a row would break a constraint; the transaction is to be rolled back.
    """
    if not statements:
        return []
    with connection.cursor() as cursor:
        if connection.vendor != "mysql":
            results = []
            for statement in statements:
                cursor.execute(statement.sql, statement.values)
                results.append(_result(cursor))
            return results
        values = [value for statement in statements for value in statement.values]
        cursor.execute("; ".join(statement.sql for statement in statements), values)
        results = [_result(cursor)]
        while cursor.nextset():
            results.append(_result(cursor))
        return results


def inserting(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[Statement]:
    """Return the INSERT of rows; no statement where there are none."""
    values = list(rows)
    if not values:
        return []
    places = ", ".join([f"({marks(columns)})"] * len(values))
    sql = f"INSERT INTO {table(model)} ({', '.join(columns)}) VALUES {places}"  # noqa: S608
    return [Statement(sql, [value for row in values for value in row])]


def select(sql: str, values: Sequence[Any]) -> Sequence[Sequence[Any]]:
    """Return the rows of one SELECT; see `run`."""
    return run([Statement(sql, values)])[0].rows


def execute(sql: str, values: Sequence[Any]) -> int:
    """Run one statement and return how many rows it has changed; see `run`."""
    return run([Statement(sql, values)])[0].changed


def insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows; none does nothing. See `run`."""
    run(inserting(model, columns, rows))


def _result(cursor: Any) -> Result:
    return Result(list(cursor.fetchall()) if cursor.description else [], cursor.rowcount)
