"""A show's time is told by one tag, one function of scripts and one property, all in the venue's zone.

What is found here is another way of telling it, which would tell the reader's or the site's time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.template import Context, Template
from django.utils import translation

from apps.concerts.models import Concert, Performance, Venue

ROOT = Path(__file__).parents[3]
OTHER_WAYS = {
    "templates/**/*.html": [
        re.compile(r"local_time\s+[\w.]*(starts_at|starts_there|closes_at\b(?<!sale_closes_at))"),
        re.compile(r"starts_at\s*\|\s*(date|time)"),
        re.compile(r"\{\{[^}]*\bstarts_at\b"),
    ],
    "static/**/*.js": [re.compile(r"formatTime\([^)]*starts_at"), re.compile(r"new Date\([^)]*starts_at")],
    "apps/**/*.py": [
        re.compile(r"local(time|date)\([^),]*starts_at\b\s*\)"),
        re.compile(r"in_words\([^)]*starts_at\b(?![^)]*zone=)"),
        re.compile(r"starts_at\.(astimezone|strftime|date\(|time\(|hour|year|month|day)"),
        re.compile(r"starts_at:%"),
        re.compile(r"ZoneInfo\(settings\.TIME_ZONE\)"),
    ],
}
THE_ONE_PLACE = {
    "apps/concerts/models/concerts.py": "starts_there itself",
    "apps/concerts/models/venues.py": "the zone itself",
    "apps/concerts/models/moves.py": "the times before and after a move",
    "apps/common/days.py": "the operator's days",
    "apps/concerts/policy_messages.py": "the days of a policy of many venues",
}


def other_ways() -> Iterator[str]:
    for files, patterns in OTHER_WAYS.items():
        for path in ROOT.glob(files):
            name = str(path.relative_to(ROOT))
            if name in THE_ONE_PLACE or "/migrations/" in name:
                continue
            text = path.read_text()
            for pattern in patterns:
                yield from (f"{name}: {found[0]}" for found in pattern.finditer(text))


def test_a_shows_time_is_told_in_no_other_way() -> None:
    assert list(other_ways()) == []


@pytest.mark.parametrize(
    ("files", "text"),
    [
        ("templates/**/*.html", '{% local_time order.performance.starts_at "short" %}'),
        ("templates/**/*.html", "{{ performance.starts_at|date:'c' }}"),
        ("templates/**/*.html", "{% local_time policy.closes_at %}"),
        ("static/**/*.js", 'formatTime(order.starts_at, "short")'),
        ("apps/**/*.py", "timezone.localtime(performance.starts_at)"),
        ("apps/**/*.py", "order.performance.starts_at.astimezone(zone)"),
        ("apps/**/*.py", 'f"{performance.starts_at:%H:%M}"'),
    ],
)
def test_the_ways_that_there_once_were_are_found(files: str, text: str) -> None:
    assert any(pattern.search(text) for pattern in OTHER_WAYS[files])


@pytest.mark.parametrize("text", ["{% local_time performance.sale_closes_at %}", "{% show_time order.performance %}"])
def test_what_is_the_readers_may_be_told_in_the_readers_zone(text: str) -> None:
    assert not any(pattern.search(text) for pattern in OTHER_WAYS["templates/**/*.html"])


def shown(tag: str, *, zone: str) -> str:
    venue = Venue(name="Hall", time_zone=zone)
    performance = Performance(
        concert=Concert(title="Show"), venue=venue, starts_at=datetime(2027, 3, 20, 10, 30, tzinfo=UTC)
    )
    with translation.override("en"):
        return Template("{% load catalogue %}" + tag).render(Context({"performance": performance}))


def test_the_time_is_the_venues_and_says_for_scripts_which_zone_that_is() -> None:
    assert shown('{% show_time performance "short" %}', zone="America/New_York") == (
        '<time datetime="2027-03-20T06:30:00-04:00" data-zone="America/New_York" data-zone-name="EDT" '
        'data-style="short">Sat, 20 Mar, 06:30</time>'
    )


def test_on_paper_the_zone_is_always_named() -> None:
    assert shown("{% show_time performance named=True %}", zone="Asia/Tokyo") == (
        '<time datetime="2027-03-20T19:30:00+09:00">Sat, 20 Mar 2027, 19:30</time> <abbr class="zone">JST</abbr>'
    )


def test_a_hall_without_a_zone_is_in_the_sites() -> None:
    assert "19:30" in shown("{% show_time performance %}", zone="")


def test_a_performance_is_called_by_its_venues_time() -> None:
    performance = Performance(
        concert=Concert(title="Show"),
        venue=Venue(time_zone="Pacific/Honolulu"),
        starts_at=datetime(2027, 3, 20, 10, 30, tzinfo=UTC),
    )
    assert str(performance) == "Show, 2027-03-20 00:30"
