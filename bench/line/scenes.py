"""The scenes that a line is audited in, and the figures of each."""

from __future__ import annotations

import argparse
import dataclasses
import random
from statistics import median
from typing import Any

from apps.concerts.waiting_room.fairness import errors_of_promises, kendall_tau, seconds_until_used, worst_window
from apps.concerts.waiting_room.keys import line_key
from apps.concerts.waiting_room.line_settings import LineSettings
from bench.line.crowd import PERFORMANCE, Crowd, Person, Stage

DAY = 86_400
ARRIVAL_SECONDS = 10.0
OPENS_AFTER = 15.0
HELD_BACK_SECONDS = 20.0
AWAY_SECONDS = 100.0
WINDOWS = (0.1, 1.0, 5.0, 10.0, 60.0)


def first_settings(stage: Stage, options: argparse.Namespace) -> bytes:
    """Make the line; return its settings."""
    now = int(stage.now)
    usual: dict[str, Any] = {
        "revision": 1, "mode": "QUEUE", "rate": options.rate, "inside_limit": options.inside, "joins_from": now - 1,
        "opens_at": int(now + OPENS_AFTER), "closes_at": now + DAY, "keys_expire_at": now + 1000 * DAY,
        "offer_seconds": 60, "return_seconds": 120, "pass_seconds": 600, "hard_limit_seconds": 1800,
    }  # fmt: skip
    names = {one.name for one in dataclasses.fields(LineSettings)}
    if "return_seconds" in names:
        usual["offer_seconds"] = 5
    settings = LineSettings(**{name: value for name, value in usual.items() if name in names}).as_json()
    header = __import__("apps.concerts.waiting_room.store", fromlist=["CREATE"]).CREATE.header
    keys = [line_key(PERFORMANCE), f"seen:{{performance:{PERFORMANCE}}}"][: len(header.keys.descriptions)]
    stage.run("CREATE", keys, [settings, 0, 0, 0, b""][: len(header.args.descriptions)])
    return settings


def make_people(options: argparse.Namespace, *, start: float, draw: random.Random) -> tuple[list[Person], float | None]:
    """A wave that joins before the opening; hoarders and absentees are a stretch of its first third."""
    joins = sorted(start + draw.uniform(0, ARRIVAL_SECONDS) for _ in range(options.people))
    people = [
        Person(user_id, joins_at, max(1.0, draw.gauss(options.visit, options.visit / 4)))
        for user_id, joins_at in enumerate(joins, start=1)
    ]
    opens = start + OPENS_AFTER
    first = options.people // 6
    claims_at = None
    if options.hoarders:
        for person in people[first : first + options.hoarders]:
            person.holds_back = True
        claims_at = opens + first / options.rate + HELD_BACK_SECONDS
    if options.away:
        for person in people[first : first + options.away]:
            turn = opens + (person.user_id - 1) / options.rate
            person.away = (turn - 30, turn - 30 + AWAY_SECONDS)
    if options.vanish:
        for person in people:
            if draw.random() < options.vanish:
                person.away = (start + draw.uniform(0, options.people / options.rate), float("inf"))
    return people, claims_at


def report(crowd: Crowd, options: argparse.Namespace) -> dict[str, Any]:
    """The figures of a scene, as a client of the line sees them."""
    inside = [person for person in crowd.people if person.admitted_at is not None]
    honest = [person for person in inside if not person.holds_back and person.away is None]
    times = sorted(crowd.begun)
    promises = [(person.promised, (person.admitted_at or 0) - person.joins_at) for person in honest if person.promised]
    errors = errors_of_promises(promises, least_seconds=10)
    freed = seconds_until_used(times, sorted(crowd.ended), limit=options.inside)
    longest = max(times) - min(times)
    return {
        "people": options.people,
        "let_in": len(inside),
        "admissions_a_second": round((len(times) - 1) / longest, 3),
        "tau_honest": round(kendall_tau([one.admitted_at or 0 for one in honest]), 5),
        "tau_all": round(kendall_tau([one.admitted_at or 0 for one in inside]), 5),
        "worst_windows": {
            f"{seconds:g} s": [worst_window(times, seconds), round(options.rate * seconds + 1, 1)]
            for seconds in WINDOWS
        },
        "estimate_error_median": round(median(errors), 4) if errors else None,
        "estimate_error_p90": round(errors[int(0.9 * len(errors))], 4) if errors else None,
        "freed_slots": len(freed),
        "freed_slot_used_after_median": round(median(freed), 3) if freed else None,
        "freed_slot_used_after_p90": round(sorted(freed)[int(0.9 * len(freed))], 3) if freed else None,
        "numbers_a_person": round(sum(len(person.numbers) for person in inside) / len(inside), 4),
        "looks_a_person": round(sum(person.looks for person in inside) / len(inside), 2),
    }
