"""A wrong value stops the start, and the message names the variable."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from ticketlive import environment


@pytest.mark.parametrize(("text", "means"), [("true", True), ("On", True), ("1", True), ("no", False), ("0", False)])
def test_a_switch_is_read_as_people_write_it(monkeypatch: pytest.MonkeyPatch, text: str, means: bool) -> None:
    monkeypatch.setenv("HTTPS", text)
    assert environment.flag("HTTPS", default=not means) is means


def test_an_empty_variable_is_one_that_was_not_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HTTPS", "DATABASE_URL"):
        monkeypatch.setenv(name, "")
    assert environment.flag("HTTPS", default=True) is True
    assert environment.database(tmp_path, 60)["NAME"] == str(tmp_path / "ticketlive.sqlite3")


@pytest.mark.filterwarnings("ignore:Engine not recognized")
@pytest.mark.parametrize("url", ["garbage", "postgres://user@host/name", "mysql://user@host", "http://host/name"])
def test_a_database_that_is_none_of_ours_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL "):
        environment.database(tmp_path, 60)


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("DEBUG", "ture", lambda: environment.flag("DEBUG", default=False)),
        ("LOG_LEVEL", "LOUD", lambda: environment.log_level("LOG_LEVEL", "INFO")),
        ("TIME_ZONE", "Mars/Olympus", lambda: environment.time_zone("TIME_ZONE", "Asia/Seoul")),
        ("TIME_ZONE", "../etc/passwd", lambda: environment.time_zone("TIME_ZONE", "Asia/Seoul")),
        ("PAYMENT_PROVIDERS", "toss,nobody", lambda: environment.payment_providers("PAYMENT_PROVIDERS", "toss")),
        ("PAYMENT_PROVIDERS", "../sandbox", lambda: environment.payment_providers("PAYMENT_PROVIDERS", "toss")),
        ("TOSS_API_BASE", "toss", lambda: environment.provider_address("TOSS_API_BASE", "", debug=False)),
        ("TOSS_API_BASE", "", lambda: environment.provider_address("TOSS_API_BASE", "", debug=False)),
        ("HOLD_SECONDS", "0", lambda: environment.positive("int", "HOLD_SECONDS", 600)),
        ("EVENT_LOOP_STALL_SECONDS", "-1", lambda: environment.not_negative("float", "EVENT_LOOP_STALL_SECONDS", 10)),
        ("EVENT_LOOP_STALL_SECONDS", "inf", lambda: environment.not_negative("float", "EVENT_LOOP_STALL_SECONDS", 10)),
        ("EVENT_LOOP_STALL_SECONDS", "nan", lambda: environment.not_negative("float", "EVENT_LOOP_STALL_SECONDS", 10)),
        ("WEB_PROCESSES", "0", lambda: environment.number_up_to(16, "WEB_PROCESSES", 1)),
        ("WEB_PROCESSES", "17", lambda: environment.number_up_to(16, "WEB_PROCESSES", 1)),
        ("WEB_PROCESSES", "some", lambda: environment.number_up_to(16, "WEB_PROCESSES", 1)),
        ("HOLD_SECONDS", "ten", lambda: environment.positive("int", "HOLD_SECONDS", 600)),
    ],
)
def test_a_wrong_value_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, read: Callable[[], object]
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=rf"^{name} "):
        read()


def test_every_variable_that_is_read_is_documented() -> None:
    checkout = Path(settings.BASE_DIR)
    source = "".join(path.read_text() for path in sorted((checkout / "ticketlive").rglob("*.py")))
    readers = r"read|flag|positive|not_negative|number_up_to|rate|log_level|time_zone|provider\w*"
    names = set(re.findall(rf'(?:{readers})\((?:[\w".]+, )?"([A-Z_]+)"', source))
    documented = set(
        re.findall(r"[A-Z_]+", (checkout / "deploy/env.example").read_text() + (checkout / "README.md").read_text())
    )

    assert {"SECRET_KEY", "HOLD_SECONDS", "WEB_PROCESSES", "LOG_IN_RATE_PER_ACCOUNT", "DEPOSIT_LAPSES"} <= names
    assert names <= documented
