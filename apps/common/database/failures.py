"""What went wrong in the database: a lock, a lost connection, a server that cannot serve, or our own mistake."""

from __future__ import annotations

from django.db import Error

# Error numbers of MySQL and MariaDB (Server and Client Error Message References)
LOCKED = frozenset({1205, 1213})  # lock wait timed out; deadlock: the statement's transaction is to be repeated
LOST = frozenset({1053, 1927, 2006, 2013, 2055, 4031})  # the server ends the connection, or it broke
AWAY = frozenset({1040, 1203, 2002, 2003, 2005})  # too many connections; nobody answers
SQLITE_LOCKED = ("database is locked", "database table is locked")


def is_locked(error: BaseException) -> bool:
    """Tell whether somebody else held a lock for too long: nothing was done, a repeat may succeed."""
    return _number(error) in LOCKED or _sqlite_is_locked(error)


def is_lost(error: BaseException) -> bool:
    """Tell whether the connection broke: during a COMMIT its outcome is unknown."""
    return _number(error) in LOST


def is_away(error: BaseException) -> bool:
    """Tell whether the database, rather than the statement, is the reason."""
    return is_locked(error) or is_lost(error) or cannot_connect(error)


def cannot_connect(error: BaseException) -> bool:
    """Tell whether the database takes no connection at all: nothing was done, and a repeat at once is no use."""
    return _number(error) in AWAY


def _number(error: BaseException) -> int | None:
    if isinstance(error, Error) and error.args and isinstance(error.args[0], int):
        return error.args[0]
    return None


def _sqlite_is_locked(error: BaseException) -> bool:
    return isinstance(error, Error) and str(error).startswith(SQLITE_LOCKED)
