"""A day in the address of one of the admin's lists is a day of the operator's."""

from __future__ import annotations

import pytest

from apps.common.admin.lists import with_zone


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        ("2026-11-30", "2026-11-30 00:00:00+09:00"),
        ("2026-1-5", "2026-01-05 00:00:00+09:00"),
        ("2026-11-30 18:30", "2026-11-30 18:30:00+09:00"),
        ("0001-01-01", "0001-01-01 00:00:00+08:27:52"),  # Seoul, before it had a time zone
        ("9999-12-31", "9999-12-31 00:00:00+09:00"),
        ("2026-11-30T18:30:00+00:00", "2026-11-30T18:30:00+00:00"),
        ("2026-13-45", "2026-13-45"),
        ("2026-02-30 10:00", "2026-02-30 10:00"),
        ("yesterday", "yesterday"),
        ("", ""),
    ],
)
def test_a_moment_without_a_time_zone_is_one_of_the_operator_s(asked: str, read: str) -> None:
    assert with_zone(asked) == read
