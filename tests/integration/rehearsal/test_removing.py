"""What a rehearsal has made is removed whole, and nothing of the house's with it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.db.models import F, Model
from pytest_django import Settings

from apps.accounts.models import Booker, LoginSession, Role, User
from apps.accounts.rehearsals import rehearsal_email
from apps.common.clock import database_now
from apps.common.days import day_of
from apps.common.errors import ServiceUnavailable
from apps.common.models import OutboxMessage
from apps.common.redis import pipelined_redis, sync_redis
from apps.concerts.models import (
    BlockedSeat,
    Concert,
    ConcertPublicationEvent,
    Performance,
    PerformanceMove,
    PerformancePublicationEvent,
    Venue,
    WaitingRoomChange,
    WaitingRoomEvent,
    WaitingRoomMoment,
)
from apps.concerts.services.build_venue import build_venue
from apps.concerts.venue_plans.plan import SectionPlan, VenuePlan
from apps.concerts.waiting_room import store as waiting_room
from apps.counseling.models import (
    Attachment,
    CannedReply,
    Category,
    CounselLog,
    CounselMessage,
    CounselorAct,
    CounselorProfile,
    CounselRating,
    CounselSession,
    CounselSessionEvent,
    DailyCategoryKpi,
    DailyCounselorKpi,
    Domain,
    Inquiry,
    InternalNote,
    KpiMark,
    OpeningHours,
)
from apps.counseling.routing import store as routing
from apps.counseling.services.counselor_states import change_counselor_state
from apps.counseling.services.request_session import request_session
from apps.counseling.states import CounselorState, EndReason, SenderRole, SessionStatus
from apps.orders.models import Order, OrderEvent, Ticket
from apps.payments.models import (
    CallOff,
    CallOffAct,
    CallOffNotice,
    CashReceipt,
    Refund,
    StaffAct,
    SurplusPayment,
    WebhookDelivery,
)
from apps.rehearsal.services import batches
from apps.rehearsal.services.delete_whole import foreign_keys_to
from apps.rehearsal.services.remove_rehearsals import HALL_NAMES, Removed, StillPlayed, remove_rehearsals
from tests.counseling_factories import make_category, make_counselor, make_session
from tests.factories import make_performance, make_user
from tests.paid_orders import PaidOrders
from tests.payment_sandbox import PrivateSandbox
from tests.servers import PrivateRedis

pytestmark = pytest.mark.django_db(transaction=True)

ROOTS = (Order, CounselSession, Inquiry, CounselorProfile, Domain, Performance, Venue)
Rows = dict[type[Model], set[Any]]


@pytest.fixture(autouse=True)
def _own_files(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def crowd() -> Iterator[User]:
    """Somebody of a rehearsal's crowd."""
    return User.objects.create_user(rehearsal_email(1), nickname="rehearsal-00001", role=Role.CUSTOMER)


def hall(name: str) -> Venue:
    return build_venue(VenuePlan(name=name, sections=[SectionPlan(code=code, rows=4, seats=10) for code in "AB"]))


def make_paid_orders(sandbox: PrivateSandbox, *, is_rehearsal: bool) -> PaidOrders:
    name = f"{HALL_NAMES[0]}80석" if is_rehearsal else "리허설 센터"
    return PaidOrders(sandbox, make_performance(venue=hall(name), limit=40, is_rehearsal=is_rehearsal))


def play(paid_orders: PaidOrders, buyer: User) -> None:
    """Buy, cancel, hold, and ask for help, so that every table has rows of it; then the sale is over."""
    performance, staff = paid_orders.performance, make_user(role=Role.STAFF)
    asyncio.run(_join(performance, buyer))
    Booker.objects.create(user=buyer, name="김관객", phone="010-0000-0000", email=buyer.email)
    now = database_now()
    LoginSession.objects.create(user=buyer, current_jti=uuid.uuid4().hex, last_used_at=now, expires_at=now)
    order = paid_orders.sell(0, 1, user=buyer)
    paid_orders.cancel(order, line_ids=[1])
    paid_orders.reserve(5, user=buyer)
    WebhookDelivery.objects.create(event_type="X", order=order, body={}, received_at=database_now())
    StaffAct.objects.create(actor=staff, kind=StaffAct.Kind.RESEND_TICKETS, order=order, happened_at=database_now())
    SurplusPayment.objects.create(order=order, payment_key=f"twice:{order.pk}", amount_krw=1, found_at=database_now())
    CashReceipt.objects.create(order=order, kind="BUSINESS_PROOF", masked_identity="*", wanted_at=database_now())
    BlockedSeat.objects.create(performance=performance, seat_id=paid_orders.seats[9])
    WaitingRoomChange.objects.create(performance=performance, changes={})
    for model, show in ((PerformancePublicationEvent, performance), (ConcertPublicationEvent, performance.concert)):
        model.objects.create(subject=show, from_status="DRAFT", to_status="SUBMITTED", reason="-", actor="-", by=staff)
    WaitingRoomEvent.objects.create(
        performance=performance, entry=1, kind=WaitingRoomEvent.Kind.LEFT, number=1, account=buyer.pk, at=now
    )
    WaitingRoomMoment.objects.create(
        performance=performance, at=now, next_number=1, cursor=0, expected_seconds=1, mode="QUEUE", rate=1,
        inside_limit=1,
    )  # fmt: skip
    for arguments in ({"order_id": order.pk}, {"order_ids": [order.pk]}, {"performance_id": performance.pk}):
        OutboxMessage.objects.create(task="payments.show_sold", arguments=arguments)
    move_and_call_off(performance, order)
    talk(buyer, make_desk(is_rehearsal=performance.concert.is_rehearsal), order)
    Performance.objects.filter(pk=performance.pk).update(sale_closes_at=database_now() - timedelta(seconds=1))


def move_and_call_off(performance: Performance, order: Order) -> None:
    now, hall = database_now(), performance.venue
    PerformanceMove.objects.create(
        performance=performance, from_starts_at=now, to_starts_at=now, from_venue=hall, to_venue=hall,
        from_sale_closes_at=now, to_sale_closes_at=now, free_return_until=now, reason="-", asked_at=now,
    )  # fmt: skip
    job = CallOff.objects.create(performance=performance, status=CallOff.Status.DONE, reason="-", extra_percent=0)
    CallOffAct.objects.create(call_off=job, kind=CallOffAct.Kind.values[0], happened_at=now)
    CallOffNotice.objects.create(call_off=job, order=order)


async def _join(performance: Performance, buyer: User) -> None:
    await waiting_room.join(performance.pk, buyer.pk)
    await pipelined_redis().aclose()


def make_desk(*, is_rehearsal: bool) -> User:
    """A category of its own, and the one counselor who answers it: READY, with figures of today."""
    category = make_category(domain=Domain.objects.create(name=f"desk {is_rehearsal}", is_rehearsal=is_rehearsal))
    counselor = make_counselor(category)
    if is_rehearsal:
        User.objects.filter(pk=counselor.pk).update(email=rehearsal_email(99_999))
    for state in (CounselorState.ONLINE, CounselorState.READY):
        change_counselor_state(counselor.pk, state)
    today = day_of(database_now())
    OpeningHours.objects.create(category=category, weekday=0, opens_at=time(0), closes_at=time(23))
    CannedReply.objects.create(category=category, shortcut="hello", title="-", content="-")
    DailyCounselorKpi.objects.create(counselor=counselor, day=today)
    DailyCategoryKpi.objects.create(category=category, day=today)
    return counselor


def talk(customer: User, counselor: User, order: Order) -> None:
    now = database_now()
    category = Category.objects.get(counselors=counselor.pk)
    session = make_session(category, customer=customer, status=SessionStatus.ENDED, counselor=counselor)
    file = Attachment.objects.create(
        session=session, uploaded_by=customer, name="seat.png", content_type="image/png", size_bytes=1,
        file=ContentFile(b"1", name="seat.png"), created_at=now,
    )  # fmt: skip
    CounselMessage.objects.create(
        session=session, seq=1, sender=customer, sender_role=SenderRole.CUSTOMER, attachment=file, sent_at=now
    )
    InternalNote.objects.create(session=session, author=counselor, content="-", created_at=now)
    CounselRating.objects.create(session=session, score=5, rated_at=now)
    CounselSessionEvent.objects.create(subject=session, from_status="", to_status="ENDED", reason="-", actor="-")
    CounselorAct.objects.create(
        session=session, actor=counselor, kind=CounselorAct.Kind.EXTEND_HOLD, order=order, happened_at=now
    )
    CounselLog.objects.create(
        session=session, counselor=counselor, category_id=session.category_id, reason=EndReason.CUSTOMER,
        waited_seconds=0, duration_seconds=0, ended_at=now,
    )  # fmt: skip
    Inquiry.objects.create(
        customer=customer,
        category_id=session.category_id,
        email=customer.email,
        subject="-",
        content="-",
        created_at=now,
    )
    KpiMark.objects.create(session_id=session.pk)
    OutboxMessage.objects.create(task="counseling.after_end", arguments={"session_id": session.pk})


def all_rows() -> Rows:
    """Return the keys of every row of the platform's tables."""
    models = [one for one in apps.get_models(include_auto_created=True) if one.__module__.startswith("apps.")]
    return {model: set(model._default_manager.values_list("pk", flat=True)) for model in models}


def of_a_sale() -> set[type[Model]]:
    """Return every model that a foreign key leads from to an order, a conversation, a performance or a hall."""
    found: set[type[Model]] = set()
    new = set(ROOTS)
    while new:
        found |= new
        new = {key.model for model in new for key in foreign_keys_to(model)} - found
    return found


def keys_of(performance: Performance) -> set[bytes]:
    return set(sync_redis().keys(f"*{{performance:{performance.pk}}}*"))


def labels(models: set[type[Model]]) -> set[str]:
    return {model._meta.label for model in models}


def test_a_rehearsal_goes_without_a_trace_and_the_house_stays_untouched(
    paid_orders: PaidOrders, crowd: User, tmp_path: Path
) -> None:
    house = make_paid_orders(paid_orders.sandbox, is_rehearsal=False)
    play(house, make_user())
    houses_keys, files = keys_of(house.performance), set(tmp_path.rglob("*.png"))
    before = all_rows()
    rehearsal = make_paid_orders(paid_orders.sandbox, is_rehearsal=True)
    play(rehearsal, crowd)
    played = all_rows()
    assert not labels({one for one in of_a_sale() if played[one] == before[one]}), "nothing was played in these"
    assert keys_of(rehearsal.performance)

    removed = remove_rehearsals()

    after = all_rows()
    clerk = set(User.objects.filter(role=Role.STAFF).values_list("pk", flat=True)) - before[User]
    assert {model: pks for model, pks in after.items() if model is not User} == {
        model: pks for model, pks in before.items() if model is not User
    }
    assert after[User] == before[User] - {crowd.pk} | clerk
    assert not keys_of(rehearsal.performance)
    assert keys_of(house.performance) == houses_keys
    assert set(tmp_path.rglob("*.png")) == files
    assert removed.redis_keys
    assert removed.accounts_kept == 0
    assert removed.rows["orders.Order"] == len(played[Order] - before[Order])
    assert removed.rows["accounts.User"] == 2
    assert remove_rehearsals().rows.total() == 0


def test_a_counselor_who_was_brought_is_at_no_desk_any_more(paid_orders: PaidOrders, crowd: User) -> None:
    house = make_desk(is_rehearsal=False)
    play(make_paid_orders(paid_orders.sandbox, is_rehearsal=True), crowd)

    remove_rehearsals()

    assert [one.counselor_id for one in routing.team()] == [house.pk]


def test_a_run_that_was_interrupted_is_gone_on_with(
    paid_orders: PaidOrders, crowd: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {model: pks for model, pks in all_rows().items() if model in of_a_sale()}
    rehearsal = make_paid_orders(paid_orders.sandbox, is_rehearsal=True)
    play(rehearsal, crowd)
    monkeypatch.setattr(batches, "BATCH", 1)

    class Interrupted(Exception):
        pass

    def interrupt(removed: Removed) -> None:
        if removed.rows["orders.Order"] == 1:
            raise Interrupted

    with pytest.raises(Interrupted):
        remove_rehearsals(progress=interrupt)
    assert Order.objects.filter(performance=rehearsal.performance).count() == 1

    remove_rehearsals()

    assert {model: pks for model, pks in all_rows().items() if model in of_a_sale()} == before


def test_a_rehearsal_on_sale_is_not_removed_unless_forced(paid_orders: PaidOrders, crowd: User) -> None:
    rehearsal = make_paid_orders(paid_orders.sandbox, is_rehearsal=True)
    rehearsal.sell(0, user=crowd)
    before = all_rows()

    with pytest.raises(StillPlayed, match=f"on sale.*{rehearsal.performance.pk}"):
        remove_rehearsals()

    assert all_rows() == before
    assert remove_rehearsals(force=True).rows["concerts.Performance"] == 1
    assert not Concert.objects.filter(is_rehearsal=True).exists()


def test_a_payment_under_way_is_waited_for_unless_forced(paid_orders: PaidOrders, crowd: User) -> None:
    rehearsal = make_paid_orders(paid_orders.sandbox, is_rehearsal=True)
    order = rehearsal.reserve(0, user=crowd)
    Order.objects.filter(pk=order.pk).update(status=Order.Status.CONFIRMING)
    Performance.objects.filter(pk=rehearsal.performance.pk).update(
        sale_closes_at=F("sale_opens_at") + timedelta(1 / 86400)
    )

    with pytest.raises(StillPlayed, match=f"payments are under way.*{order.pk}"):
        remove_rehearsals()

    assert remove_rehearsals(force=True).rows["orders.Order"] == 1


def test_what_the_crowd_bought_of_the_house_stays_and_its_account_with_it(paid_orders: PaidOrders, crowd: User) -> None:
    order = paid_orders.sell(0, user=crowd)

    removed = remove_rehearsals()

    assert removed.accounts_kept == 1
    assert User.objects.filter(pk=crowd.pk).exists()
    assert Ticket.objects.filter(order=order, live=True).count() == 1


def test_what_the_house_bought_at_a_rehearsal_goes_and_its_account_stays(paid_orders: PaidOrders) -> None:
    customer = make_user()
    play(make_paid_orders(paid_orders.sandbox, is_rehearsal=True), customer)

    remove_rehearsals()

    assert not Order.objects.filter(user=customer).exists()
    assert not Refund.objects.exists()
    assert User.objects.filter(pk=customer.pk).exists()
    assert not CounselSession.objects.filter(customer=customer).exists()


def test_a_conversation_that_is_open_is_ended_before_it_goes(crowd: User) -> None:
    category = make_category()
    make_counselor(category)
    session = request_session(crowd.pk, category_id=category.pk).session
    assert sync_redis().hget("sessions:{counseling}", str(session.pk))

    remove_rehearsals()

    assert not CounselSession.objects.exists()
    assert not sync_redis().hget("sessions:{counseling}", str(session.pk))


def test_a_hall_with_a_name_like_that_stays_while_the_house_plays_in_it() -> None:
    performance = make_performance(venue=hall(f"{HALL_NAMES[0]}80석"))

    remove_rehearsals()

    assert Venue.objects.filter(pk=performance.venue_id).exists()


def test_without_redis_nothing_is_removed(crowd: User, redis_server: PrivateRedis) -> None:
    make_performance(is_rehearsal=True, closes_in=timedelta(minutes=-1))
    before = all_rows()
    redis_server.stop()

    with pytest.raises(ServiceUnavailable):
        remove_rehearsals()

    assert all_rows() == before


def test_events_are_deleted_by_nothing_else(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)

    with pytest.raises(TypeError, match="never deleted"):
        OrderEvent.objects.filter(subject=order)[0].delete()
