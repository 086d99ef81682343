"""The sandbox's SQLite database: a file that outlives a restart, or a temporary one that ends with the process.

All changes of one turn of the event loop share a transaction. What is read sees them at once; whoever is to be told of
them waits for `committed`. No record is kept in memory: what SQLite's own page cache holds is bounded.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

PAGE_CACHE_KIB = 4096
SCHEMA = """
CREATE TABLE IF NOT EXISTS payments (
    number INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    order_id TEXT NOT NULL,
    is_approved INTEGER NOT NULL,
    has_account INTEGER NOT NULL,
    expires_at REAL,
    body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS payments_of_order ON payments (order_id);
CREATE INDEX IF NOT EXISTS payments_that_expire ON payments (expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS transactions (
    at REAL NOT NULL,
    key TEXT NOT NULL UNIQUE,
    body BLOB NOT NULL,
    PRIMARY KEY (at, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS receipts (key TEXT NOT NULL PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answers (
    number INTEGER PRIMARY KEY,
    scope BLOB NOT NULL UNIQUE,
    at REAL NOT NULL,
    status INTEGER NOT NULL,
    body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS webhooks (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    due_at REAL NOT NULL,
    tries INTEGER NOT NULL,
    transmission_id TEXT NOT NULL,
    body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS webhooks_by_due_time ON webhooks (due_at);
"""

Row = tuple[Any, ...]


class Store:
    """One connection to the database, for the event loop's thread.

    Args:
        path: the file; None for a temporary one, which SQLite writes only as far as the page cache is too small.
    """

    def __init__(self, path: Path | None) -> None:
        self._connection = sqlite3.connect(path or "", isolation_level=None)
        self._connection.execute("PRAGMA locking_mode=EXCLUSIVE")  # half the system calls of a commit
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute(f"PRAGMA cache_size=-{PAGE_CACHE_KIB}")
        self._connection.executescript(SCHEMA)
        self._is_writing = False  # a turn's transaction is open
        self._waiting: list[asyncio.Future[None]] = []  # one for each who waits, so that nobody cancels another's
        self._after_commit: list[Callable[[], None]] = []

    def read(self, sql: str, *values: Any) -> list[Row]:
        """Return the rows of a query; what this turn has written is in them."""
        return self._connection.execute(sql, values).fetchall()

    def write(self, sql: str, *values: Any) -> int:
        """Add a change to this turn's transaction and return the row's number; called from the event loop.

        Raises:
            sqlite3.Error: it failed, and with it all that this turn has written so far.
        """
        if not self._is_writing:
            self._connection.execute("BEGIN IMMEDIATE")
            self._is_writing = True
            asyncio.get_running_loop().call_soon(self._end_turn)
        try:
            return self._connection.execute(sql, values).lastrowid or 0
        except sqlite3.Error as error:
            self._end_turn(failure=error)
            raise

    def write_now(self, statements: Iterable[tuple[str, Iterable[Row]]]) -> None:
        """Write in a transaction of its own, before the event loop runs."""
        self._connection.execute("BEGIN IMMEDIATE")
        for sql, rows in statements:
            self._connection.executemany(sql, rows)
        self._connection.execute("COMMIT")

    def when_committed(self, callback: Callable[[], None]) -> None:
        """Call `callback` once this turn's changes are committed, at once if there are none; never if they are lost."""
        if not self._is_writing:
            callback()
        else:
            self._after_commit.append(callback)

    async def committed(self) -> None:
        """Wait until all that has been written so far is committed.

        Raises:
            sqlite3.Error: it could not be, and nothing of it was done.
        """
        if self._is_writing:
            waiting = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)
            await waiting

    def close(self) -> None:
        self._end_turn()
        self._connection.close()

    def _end_turn(self, *, failure: sqlite3.Error | None = None) -> None:
        """Commit what has been written, or with a failure take it back; then tell those who wait."""
        if not self._is_writing:
            return
        self._is_writing = False
        waiting, self._waiting = self._waiting, []
        callbacks, self._after_commit = self._after_commit, []
        try:
            self._connection.execute("ROLLBACK" if failure else "COMMIT")
        except sqlite3.Error as error:
            failure = error
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        for future in waiting:
            if future.done():  # whoever waited has gone
                continue
            if failure is None:
                future.set_result(None)
            else:
                future.set_exception(type(failure)(*failure.args))
        if failure is None:
            for callback in callbacks:
                callback()
