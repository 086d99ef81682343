"""What a failure of the database says about what was done."""

import pytest
from django.db import IntegrityError, OperationalError

from apps.common.database import failures


@pytest.mark.parametrize(
    ("error", "locked", "lost", "refused"),
    [
        (OperationalError(1213, "Deadlock found"), True, False, False),
        (OperationalError(1205, "Lock wait timeout exceeded"), True, False, False),
        (OperationalError("database is locked"), True, False, False),
        (OperationalError(2013, "Lost connection to server during query"), False, True, False),
        (OperationalError(1927, "Connection was killed"), False, True, False),
        (OperationalError(2003, "Can't connect"), False, False, True),
        (OperationalError(1040, "Too many connections"), False, False, True),
        (IntegrityError(1062, "Duplicate entry"), False, False, False),
        (OperationalError("no such table: seat"), False, False, False),
        (ValueError(1213), False, False, False),
    ],
)
def test_a_failure_is_a_lock_a_lost_connection_a_closed_door_or_our_mistake(
    error: Exception, locked: bool, lost: bool, refused: bool
) -> None:
    assert failures.is_locked(error) == locked
    assert failures.is_lost(error) == lost
    assert failures.cannot_connect(error) == refused
    assert failures.is_away(error) == (locked or lost or refused)
