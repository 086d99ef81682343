"""Empties the database after a test that committed: only the tables that have rows.

Django's own `flush` deletes from every table, and makes content types and permissions anew, with other ids. That takes
longer than most tests do, and a live web process, which remembers the ids, would have to be started again.
"""

from __future__ import annotations

from functools import cache

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.test import TransactionTestCase

KEPT = ("django_content_type", "auth_permission")
"""What `migrate` fills in from the models. A test that adds or removes some fails when it ends."""


def empty_only_what_is_filled() -> None:
    """Let Django's TransactionTestCase, which pytest-django uses for `transaction=True`, empty tables as said above."""
    TransactionTestCase._fixture_teardown = lambda _test: empty_tables()  # type: ignore[method-assign]


def empty_tables() -> None:
    """Delete all rows but those of `KEPT`, without regard to foreign keys."""
    with connection.cursor() as cursor:
        filled = _filled_tables(cursor)
        if filled:
            deletions = "".join(f"DELETE FROM {connection.ops.quote_name(table)};" for table in filled)
            cursor.execute(f"SET FOREIGN_KEY_CHECKS = 0; {deletions} SET FOREIGN_KEY_CHECKS = 1")
            while cursor.nextset():
                pass


def _filled_tables(cursor: CursorWrapper) -> list[str]:
    """Return the tables that have rows, without those of `KEPT`, which have to have as many as migrations made."""
    question, tables, kept = _question()
    cursor.execute(question)
    *filled, rows_kept = cursor.fetchone()
    assert rows_kept == kept, "a test added or removed content types or permissions"
    return [name for name, is_filled in zip(tables, filled, strict=True) if is_filled]


@cache
def _question() -> tuple[str, list[str], int]:
    """Return a query with a column for each table and the sum of the rows kept, these tables, and that sum as it is."""
    quote = connection.ops.quote_name
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    tables = [name for name in names if name not in KEPT]
    rows_kept = " + ".join(f"(SELECT COUNT(*) FROM {quote(name)})" for name in KEPT)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {rows_kept}")
        (kept,) = cursor.fetchone()
    return f"SELECT {', '.join(f'EXISTS(SELECT 1 FROM {quote(name)})' for name in tables)}, {rows_kept}", tables, kept
