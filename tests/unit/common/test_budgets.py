"""Budgets as they are written, and as a process counts them by itself."""

from __future__ import annotations

import pytest

from apps.common.budgets import Budget, OwnBudgets, spenders, spending
from apps.common.budgets import own as own_module
from apps.common.errors import DomainError, NotFound, ServiceUnavailable


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(own_module.time, "monotonic", clock.monotonic)
    return clock


def test_a_budget_is_read_as_settings_write_it() -> None:
    assert Budget.parse("30/minute;120/hour").tiers == ((30, 60), (120, 3600))
    assert Budget.parse("12/10 minutes").packed() == "12/600"
    assert Budget.parse(" ").tiers == ()


def test_who_is_not_known_or_has_no_limit_spends_nothing() -> None:
    rates = {"account": "1/minute", "address": "2/minute"}

    assert spenders(rates, account=7, network="203.0.113.7") == ("u:7", "1/60", "n:203.0.113.7", "2/60")
    assert spenders(rates, account=None, network="203.0.113.7") == ("n:203.0.113.7", "2/60")
    assert spenders({"account": "", "address": ""}, account=7, network="203.0.113.7") == ()


def test_a_process_by_itself_counts_as_redis_does(clock: Clock) -> None:
    own, who = OwnBudgets(), ("u:1", "2/60 3/3600")

    assert [own.spend("x", who) for _ in range(3)] == [0, 0, 30]
    clock.now += 30
    assert own.spend("x", who) == 0
    clock.now += 30
    assert own.spend("x", who) > 1000, "the hour's three are spent"
    assert own.spend("y", who) == 0, "another budget"
    assert own.spend("x", ("u:2", "2/60")) == 0, "somebody else"


def test_what_is_given_back_is_there_again_and_no_more_than_that(clock: Clock) -> None:
    own, who = OwnBudgets(), ("u:1", "2/60 3/3600")
    assert [own.spend("x", who) for _ in range(3)] == [0, 0, 30]

    own.give_back("x", who)

    assert [own.spend("x", who) for _ in range(2)] == [0, 30]
    for _ in range(5):
        own.give_back("x", who)
    assert [own.spend("x", who) for _ in range(3)] == [0, 0, 30], "nobody saves up"
    own.give_back("x", ("u:2", "2/60"))
    assert len(own._spent_until) == 2, "who has spent nothing is not remembered"


def test_a_process_remembers_so_many_spenders_and_no_more(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_module, "MOST_KEPT", 10)
    own = OwnBudgets()

    for number in range(100):
        own.spend("x", (f"u:{number}", "1/60"))

    assert len(own._spent_until) == 10
    assert own.spend("x", ("u:99", "1/60")) == 60


@pytest.mark.parametrize(
    ("error", "ours"), [(ServiceUnavailable(), True), (OSError(), True), (NotFound(), False), (DomainError(), False)]
)
def test_what_is_given_back_is_what_the_platform_itself_could_not_do(error: Exception, ours: bool) -> None:
    assert spending.is_ours(error) is ours
