"""What the organiser owes beyond the refunds ends once: who settled it, when and how; until then it is on a list."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.common.errors import ValidationFailed
from apps.orders.models import Order
from apps.payments.calling_off import extra_shares, report
from apps.payments.calling_off.call_off import call_off_performance, confirmation_of
from apps.payments.calling_off.carry_on import carry_on
from apps.payments.calling_off.extra_shares import Way, reopen_extra_shares, settle_extra_shares
from apps.payments.calling_off.models import CallOff, CallOffNotice
from apps.payments.models import Refund, StaffAct
from tests.integration.payments.pages.visitor import owner_of, text_of
from tests.paid_orders import PaidOrders
from tests.staff import make_staff, staff_client

LIST = reverse("admin:payments_extrashare_changelist")
ACCOUNT = {"bank": "20", "account_number": "1002123456789", "holder_name": "홍길동"}


@pytest.fixture
def clerk(transactional_db: None) -> User:
    return make_staff("sales")


@pytest.fixture
def owed(paid_orders: PaidOrders) -> list[Order]:
    """Three orders of a show that was called off, of two seats each: 20,000 won beyond each refund."""
    orders = [paid_orders.sell(seat, seat + 1) for seat in (0, 2, 4)]
    performance = paid_orders.performance
    job = call_off_performance(
        performance.pk, actor_id=None, reason="ill", typed=confirmation_of(performance), extra_percent=10
    )
    assert carry_on(job.pk)
    return orders


def ids_of(*orders: Order) -> list[int]:
    return list(CallOffNotice.objects.filter(order__in=orders).order_by("order").values_list("pk", flat=True))


def settle(client: Client, ids: list[int], **answers: str) -> Any:
    """What the page that asks sends; without answers, the list's own action."""
    chosen = {"chosen": ",".join(map(str, ids)), **answers} if answers else {}
    return client.post(LIST, {"action": "settle", "_selected_action": ids, **chosen})


def file_of(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode()


def test_who_settles_it_when_and_how_is_kept_and_the_buyer_reads_it(owed: list[Order], clerk: User) -> None:
    done = settle_extra_shares(ids_of(owed[0]), staff_id=clerk.pk, way=Way.BANK, reference="B-17", reason="batch 3")

    assert (done.count, done.amount_krw, done.left) == (1, 20_000, 0)
    notice = CallOffNotice.objects.get(order=owed[0])
    assert (notice.settled_by, notice.settled_way, notice.settled_reference) == (clerk, "BANK", "B-17")
    assert notice.settled_at is not None
    assert "settled on" in text_of(owner_of(owed[0]).get("order-page", owed[0]))
    assert "owes you" in text_of(owner_of(owed[1]).get("order-page", owed[1]))
    act = StaffAct.objects.get()
    assert (act.actor, act.kind, act.order_id, act.reason) == (clerk, "settle_extra", owed[0].pk, "batch 3")
    assert act.details == {"extra_krw": 20_000, "way": "BANK", "reference": "B-17", "done": True}


def test_nothing_is_settled_twice(owed: list[Order], clerk: User) -> None:
    settle_extra_shares(ids_of(owed[0]), staff_id=clerk.pk, way=Way.BANK, reference="first")

    again = settle_extra_shares(ids_of(*owed), staff_id=make_staff("sales").pk, way=Way.DESK)

    assert (again.count, again.amount_krw, again.left) == (2, 40_000, 1)
    notice = CallOffNotice.objects.get(order=owed[0])
    assert (notice.settled_by, notice.settled_way, notice.settled_reference) == (clerk, "BANK", "first")
    assert StaffAct.objects.filter(order=owed[0]).count() == 1


def test_of_two_people_at_the_same_moment_the_second_leaves_it_as_it_is(
    owed: list[Order], clerk: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have read that it is owed before either notes it; one conditional UPDATE decides."""
    (share,) = ids_of(owed[0])
    other = make_staff("sales")
    working = extra_shares._read

    def while_somebody_else_is_quicker(*arguments: Any) -> Any:
        rows = working(*arguments)
        monkeypatch.setattr(extra_shares, "_read", working)
        assert settle_extra_shares([share], staff_id=other.pk, way=Way.DESK).count == 1
        return rows

    monkeypatch.setattr(extra_shares, "_read", while_somebody_else_is_quicker)

    mine = settle_extra_shares([share], staff_id=clerk.pk, way=Way.BANK, reference="mine")

    assert (mine.count, mine.left) == (0, 1)
    assert CallOffNotice.objects.get(pk=share).settled_by == other
    assert StaffAct.objects.get(kind="settle_extra").actor == other


def test_what_was_noted_by_mistake_is_owed_again_and_both_are_in_the_audit(owed: list[Order], clerk: User) -> None:
    settle_extra_shares(ids_of(owed[0]), staff_id=clerk.pk, way=Way.DONATED)

    back = reopen_extra_shares(ids_of(*owed), staff_id=clerk.pk, reason="the wrong list")

    assert (back.count, back.left) == (1, 2)
    notice = CallOffNotice.objects.get(order=owed[0])
    assert (notice.settled_at, notice.settled_by, notice.settled_way) == (None, None, "")
    acts = StaffAct.objects.order_by("pk").values_list("kind", "order", "reason")
    assert list(acts) == [("settle_extra", owed[0].pk, ""), ("reopen_extra", owed[0].pk, "the wrong list")]
    assert "owes you" in text_of(owner_of(owed[0]).get("order-page", owed[0]))


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({"way": "BANK", "reference": " "}, "reference"),
        ({"way": "SOMEHOW"}, "way"),
        ({"way": ""}, "way"),
    ],
)
def test_it_has_to_be_said_how_it_was_paid(owed: list[Order], clerk: User, asked: dict[str, str], wrong: str) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        settle_extra_shares(ids_of(*owed), staff_id=clerk.pk, **asked)

    assert list(refusal.value.extras["errors"]) == [wrong]
    assert not StaffAct.objects.exists()
    assert not extra_shares.settled().exists()


def test_a_mistake_is_taken_back_with_a_reason_only(owed: list[Order], clerk: User) -> None:
    settle_extra_shares(ids_of(*owed), staff_id=clerk.pk, way=Way.DESK)

    with pytest.raises(ValidationFailed):
        reopen_extra_shares(ids_of(*owed), staff_id=clerk.pk, reason=" ")

    assert extra_shares.settled().count() == 3


def test_many_are_settled_at_once_after_a_page_that_says_what_will_be_noted(owed: list[Order], clerk: User) -> None:
    client = staff_client(user=clerk)

    asked = settle(client, ids_of(*owed)).content.decode()
    assert "3 buyers are owed" in asked
    assert "60,000" in asked
    refused = settle(client, ids_of(*owed), way="BANK", reference="")
    assert refused.status_code == 422
    assert "Say what the transfer is found by." in refused.content.decode()
    assert not extra_shares.settled().exists()

    settle(client, ids_of(*owed), way="BANK", reference="B-1")

    assert extra_shares.settled().count() == 3
    assert not extra_shares.owed().exists()


def test_the_list_and_the_calling_off_s_page_tell_what_is_still_owed(owed: list[Order], clerk: User) -> None:
    settle_extra_shares(ids_of(owed[0]), staff_id=clerk.pk, way=Way.DESK)
    job = CallOff.objects.get()

    progress = report.get_progress(job)

    assert (progress.extra_orders, progress.owed_krw) == (2, 40_000)
    assert (progress.settled_orders, progress.settled_krw) == (1, 20_000)
    assert {one.order_id for one in report.list_owed(job)} == {owed[1].pk, owed[2].pk}
    client = staff_client(user=clerk)
    listed = client.get(LIST, {"settled": "no", "performance": str(job.performance_id)}).content.decode()
    assert owed[1].pk in listed
    assert owed[0].pk not in listed
    page = client.get(reverse("admin:orders_order_change", args=[owed[0].pk])).content.decode()
    assert "at the desk" in page


def test_the_file_has_the_account_where_one_is_known_for_who_may_settle(paid_orders: PaidOrders, clerk: User) -> None:
    order = paid_orders.sell(0)
    other = paid_orders.sell(1)
    performance = paid_orders.performance
    paid_orders.sandbox.faults(fail_next=[403, "NOT_CANCELABLE_PAYMENT"])
    job = call_off_performance(
        performance.pk, actor_id=None, reason="ill", typed=confirmation_of(performance), extra_percent=10
    )
    carry_on(job.pk)
    Refund.objects.filter(order=order).update(account=ACCOUNT)
    export = reverse("admin:concerts_performance_call_off_export", args=[performance.pk])

    whole = file_of(staff_client(user=clerk).get(export, {"table": "owed"}))
    looked_on = file_of(staff_client("read only").get(export, {"table": "owed"}))

    assert "1002123456789" in whole
    assert "홍길동" in whole
    assert whole.count("\n") == 3
    assert other.pk in looked_on
    assert "1002123456789" not in looked_on
    chosen = staff_client(user=clerk).post(LIST, {"action": "as_file", "_selected_action": ids_of(order, other)})
    assert "1002123456789" in file_of(chosen)


@pytest.mark.parametrize("group", ["read only", "show manager", "support lead"])
def test_who_may_only_look_on_settles_nothing(owed: list[Order], group: str) -> None:
    client = staff_client(group)
    assert client.get(LIST).status_code == 200

    settle(client, ids_of(*owed), way="DESK")

    assert not extra_shares.settled().exists()


def test_the_catalogue_does_not_see_who_is_owed_what(owed: list[Order]) -> None:
    assert staff_client("catalogue").get(LIST).status_code == 403


def test_more_than_a_page_can_name_are_refused(owed: list[Order], clerk: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extra_shares, "MOST_AT_ONCE", 2)

    with pytest.raises(ValidationFailed):
        settle_extra_shares(ids_of(*owed), staff_id=clerk.pk, way=Way.DESK)

    assert not extra_shares.settled().exists()


@pytest.mark.parametrize("chosen", ["x", "", "1;2", "９", "-1", "99999999999999999999999"])
def test_what_is_no_key_settles_nothing(owed: list[Order], clerk: User, chosen: str) -> None:
    data = {"action": "settle", "_selected_action": ids_of(owed[0]), "chosen": chosen, "way": "DESK"}

    assert staff_client(user=clerk).post(LIST, data).status_code in (200, 302)

    assert not extra_shares.settled().exists()
