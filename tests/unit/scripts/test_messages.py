"""Which texts go into which catalogue."""

from __future__ import annotations

import pytest
from babel.messages.catalog import Message

from scripts.messages import is_said_at_the_desk


@pytest.mark.parametrize(
    ("module", "is_said"),
    [
        ("counseling/desk/desk.js", True),
        ("counseling/desk/wallboard.js", True),  # imported when somebody opens it
        ("counseling/talk/messages.js", True),
        ("common/problems.js", True),
        ("common/admin/charts.js", False),
        ("counseling/help/messages.js", False),
    ],
)
def test_the_desks_catalogue_has_the_texts_of_the_modules_that_the_desk_loads(module: str, is_said: bool) -> None:
    message = Message("Open", locations=[(f"static/{module}", 1)])

    assert is_said_at_the_desk(message) is is_said
