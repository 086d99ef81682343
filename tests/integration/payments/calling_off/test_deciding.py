"""Who calls a performance off, how it is confirmed, and what is refused without changing anything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from apps.accounts.models import User
from apps.common.errors import DomainError, NotFound, ValidationFailed
from apps.common.redis import sync_redis
from apps.concerts.errors import SecondPersonNeeded
from apps.concerts.models import Performance
from apps.concerts.seat_states.keys import sale_key
from apps.concerts.waiting_room.selectors import get_line_settings
from apps.payments.calling_off.call_off import (
    call_off_performance,
    confirm_call_off,
    confirmation_of,
    try_again,
    withdraw_proposal,
)
from apps.payments.calling_off.models import CallOff, CallOffAct
from apps.payments.errors import AlreadyCalledOff, NothingProposed, PerformanceOver
from tests.factories import make_performance
from tests.staff import make_staff, staff_client

pytestmark = pytest.mark.django_db(transaction=True)

REASON = "공연자의 건강 문제"


@pytest.fixture
def performance() -> Performance:
    return make_performance()


@pytest.fixture
def manager() -> User:
    return make_staff("show manager")


@pytest.fixture
def two_people(settings: Settings) -> None:
    settings.CALL_OFF_NEEDS_TWO = True


def decide(performance: Performance, actor: User, **more: Any) -> CallOff:
    asked = {"reason": REASON, "typed": confirmation_of(performance)} | more
    return call_off_performance(performance.pk, actor_id=actor.pk, **asked)


def page_of(performance: Performance) -> str:
    return reverse("admin:concerts_performance_call_off", args=[performance.pk])


def form_of(performance: Performance, **more: Any) -> dict[str, Any]:
    typed = confirmation_of(performance)
    return {"act": "call off", "reason": REASON, "extra_percent": "10", "typed": typed} | more


def status_of(performance: Performance) -> str:
    return str(Performance.objects.values_list("status", flat=True).get(pk=performance.pk))


def test_a_show_manager_calls_it_off_on_its_page(performance: Performance, manager: User) -> None:
    client = staff_client(user=manager)
    assert "Call it off for good" in client.get(page_of(performance)).content.decode()

    answer = client.post(page_of(performance), form_of(performance), follow=True)

    assert "The performance is called off" in answer.content.decode()
    performance.refresh_from_db()
    assert (performance.status, performance.cancelled_reason) == ("CANCELLED", REASON)
    act = CallOffAct.objects.get()
    assert (act.actor, act.kind) == (manager, "called_off")
    assert act.details == {"reason": REASON, "extra_percent": 10}


@pytest.mark.parametrize(
    ("group", "may_look"), [("catalogue", False), ("sales", True), ("support lead", True), ("read only", True)]
)
def test_nobody_else_does(performance: Performance, group: str, may_look: bool) -> None:
    client = staff_client(group)

    looked, posted = client.get(page_of(performance)), client.post(page_of(performance), form_of(performance))

    sees_performances = group != "support lead"
    assert looked.status_code == (200 if may_look and sees_performances else 403)
    assert 'class="button danger"' not in looked.content.decode()
    assert posted.status_code == 403
    assert status_of(performance) == "SCHEDULED"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"reason": "  "}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"typed": "2030-01-01 00:00"}, "typed"),
        ({"typed": ""}, "typed"),
        ({"extra_percent": "-1"}, "extra_percent"),
        ({"extra_percent": "101"}, "extra_percent"),
        ({"extra_percent": "ten"}, "extra_percent"),
    ],
)
def test_a_form_that_makes_no_sense_changes_nothing(
    performance: Performance, manager: User, wrong: dict[str, str], field: str
) -> None:
    answer = staff_client(user=manager).post(page_of(performance), form_of(performance, **wrong))

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert (status_of(performance), CallOff.objects.count()) == ("SCHEDULED", 0)


def test_an_act_that_there_is_not_is_not_found(performance: Performance, manager: User) -> None:
    assert staff_client(user=manager).post(page_of(performance)).status_code == 404
    assert status_of(performance) == "SCHEDULED"


@pytest.mark.parametrize("wrong", [{"reason": ""}, {"typed": "yes"}, {"extra_percent": 101}])
def test_the_service_refuses_the_same(performance: Performance, manager: User, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationFailed):
        decide(performance, manager, **wrong)
    assert (status_of(performance), CallOff.objects.count()) == ("SCHEDULED", 0)


def test_a_performance_is_called_off_once(performance: Performance, manager: User) -> None:
    decide(performance, manager)

    with pytest.raises(AlreadyCalledOff):
        decide(performance, manager, reason="another")

    CallOff.objects.update(status=CallOff.Status.DONE)
    with pytest.raises(AlreadyCalledOff):
        decide(performance, manager, reason="another")
    performance.refresh_from_db()
    assert performance.cancelled_reason == REASON


def test_one_that_is_over_or_unknown_is_not_called_off(performance: Performance, manager: User) -> None:
    Performance.objects.update(starts_at=Now() - timedelta(minutes=performance.concert.running_minutes + 1))
    performance.refresh_from_db()

    with pytest.raises(PerformanceOver):
        decide(performance, manager)
    with pytest.raises(NotFound):
        call_off_performance(4_711, actor_id=manager.pk, reason=REASON, typed="")

    assert (status_of(performance), CallOff.objects.count()) == ("SCHEDULED", 0)
    assert staff_client(user=manager).get("/admin/concerts/performance/4711/call-off/").status_code == 404


def test_one_that_has_begun_can_be(performance: Performance, manager: User) -> None:
    Performance.objects.update(starts_at=Now() - timedelta(minutes=5))
    performance.refresh_from_db()

    assert decide(performance, manager).status == "RUNNING"


def test_one_that_was_cancelled_before_there_was_the_procedure_can_be_gone_on_with(
    performance: Performance, manager: User
) -> None:
    Performance.objects.update(status=Performance.Status.CANCELLED)

    assert decide(performance, manager).status == "RUNNING"


@pytest.mark.usefixtures("two_people")
def test_where_two_are_needed_the_sale_goes_on_until_another_confirms(performance: Performance, manager: User) -> None:
    second = make_staff("show manager")
    client = staff_client(user=manager)
    client.post(page_of(performance), form_of(performance))
    assert (status_of(performance), CallOff.objects.get().status) == ("SCHEDULED", "PROPOSED")

    own = client.post(page_of(performance), form_of(performance, act="confirm"), follow=True)
    assert "Somebody else has to confirm" in own.content.decode()
    assert status_of(performance) == "SCHEDULED"
    assert "Confirm: call it off for good" not in client.get(page_of(performance)).content.decode()

    wrong = staff_client(user=second).post(page_of(performance), {"act": "confirm", "typed": "yes"})
    assert (wrong.status_code, status_of(performance)) == (422, "SCHEDULED")
    staff_client(user=second).post(page_of(performance), form_of(performance, act="confirm"))

    assert status_of(performance) == "CANCELLED"
    assert list(CallOffAct.objects.values_list("kind", "actor")) == [
        ("proposed", manager.pk),
        ("called_off", second.pk),
    ]


@pytest.mark.usefixtures("two_people")
def test_a_proposal_can_be_withdrawn_and_made_again(performance: Performance, manager: User) -> None:
    decide(performance, manager)
    with pytest.raises(AlreadyCalledOff):
        decide(performance, manager)

    withdraw_proposal(performance.pk, actor_id=manager.pk)

    with pytest.raises(NothingProposed):
        confirm_call_off(performance.pk, actor_id=make_staff().pk, typed=confirmation_of(performance))
    assert status_of(performance) == "SCHEDULED"
    assert decide(performance, manager, reason="another").reason == "another"


@pytest.mark.usefixtures("two_people")
def test_the_last_proposer_is_not_the_second_person(performance: Performance, manager: User) -> None:
    second = make_staff("show manager")
    decide(performance, manager)
    withdraw_proposal(performance.pk, actor_id=second.pk)
    decide(performance, second)

    with pytest.raises(SecondPersonNeeded):
        confirm_call_off(performance.pk, actor_id=second.pk, typed=confirmation_of(performance))
    confirm_call_off(performance.pk, actor_id=manager.pk, typed=confirmation_of(performance))

    assert status_of(performance) == "CANCELLED"


@pytest.mark.parametrize("act", [confirm_call_off, withdraw_proposal, try_again])
def test_what_was_not_begun_is_not_gone_on_with(
    performance: Performance, manager: User, act: Callable[..., CallOff]
) -> None:
    more = {"typed": confirmation_of(performance)} if act is confirm_call_off else {}
    with pytest.raises(NothingProposed):
        act(performance.pk, actor_id=manager.pk, **more)
    with pytest.raises(NotFound):
        act(4_711, actor_id=manager.pk, **more)
    assert not CallOff.objects.exists()


def test_the_line_and_the_sale_close_at_once(performance: Performance, manager: User) -> None:
    decide(performance, manager)

    assert sync_redis().hget(sale_key(performance.pk), "closes_at") == b"0"
    assert get_line_settings(performance.pk).mode == "CLOSED"


def test_the_audit_and_the_lists_of_staff_show_it(performance: Performance, manager: User) -> None:
    decide(performance, manager)
    client = staff_client("catalogue", "read only")

    audit = client.get(reverse("admin:audit"), {"source": "calling off"}).content.decode()
    listed = client.get(reverse("admin:concerts_performance_changelist")).content.decode()

    assert "performance called off" in audit
    assert REASON in audit
    assert "Called off" in listed


def command(performance_id: int, **options: Any) -> None:
    call_command("call_off_performance", str(performance_id), **options)


def test_the_command_does_the_same_and_follows_the_job_to_its_end(performance: Performance, manager: User) -> None:
    command(performance.pk, by=manager.email, reason=REASON, confirm=confirmation_of(performance))

    assert (status_of(performance), CallOff.objects.get().status) == ("CANCELLED", "DONE")
    command(performance.pk, by=manager.email)  # shows what is left


@pytest.mark.parametrize(
    "wrong",
    [{"by": "nobody@example.com"}, {"confirm": "yes"}, {"reason": ""}],
)
def test_the_command_refuses_what_the_page_refuses(
    performance: Performance, manager: User, wrong: dict[str, str]
) -> None:
    asked = {"by": manager.email, "reason": REASON, "confirm": confirmation_of(performance)}
    with pytest.raises(CommandError):
        command(performance.pk, **asked | wrong)
    with pytest.raises(CommandError):
        command(4_711, **asked)
    assert (status_of(performance), CallOff.objects.count()) == ("SCHEDULED", 0)


def test_the_command_asks_for_the_permission(performance: Performance) -> None:
    with pytest.raises(CommandError):
        command(performance.pk, by=make_staff("catalogue", "sales").email, reason=REASON, confirm="")
    assert status_of(performance) == "SCHEDULED"


def test_a_refusal_is_a_problem_of_its_own() -> None:
    codes = {one.code for one in (AlreadyCalledOff, PerformanceOver, NothingProposed, SecondPersonNeeded)}
    assert len(codes) == 4
    assert all(issubclass(one, DomainError) for one in (AlreadyCalledOff, PerformanceOver))


def test_strangers_are_sent_to_the_log_in(performance: Performance, client: Client) -> None:
    assert "/admin/login/" in client.get(page_of(performance))["Location"]
