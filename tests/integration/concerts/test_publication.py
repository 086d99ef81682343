"""From a draft to the public: who takes which step, of which content, and when it can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import models
from django.utils import timezone
from pytest_django import Settings

from apps.accounts.models import User
from apps.common.database.transactions import retried_transaction
from apps.common.errors import DomainError, NotFound, ValidationFailed
from apps.common.redis import sync_redis
from apps.concerts.errors import (
    AlreadySold,
    ContentChanged,
    PublicationConflict,
    SecondPersonNeeded,
    ShowIncomplete,
)
from apps.concerts.models import (
    CancellationPolicy,
    CancellationTier,
    Concert,
    Genre,
    Grade,
    Performance,
    Publication,
    Section,
    SectionGrade,
    Venue,
    WaitingRoomMode,
)
from apps.concerts.publication.content import Show, fingerprint_of
from apps.concerts.services import review_show
from apps.concerts.services.block_seats import block_seats, unblock_seats
from apps.concerts.services.change_performance import change_performance
from apps.concerts.services.close_performance import close_performance
from apps.concerts.services.create_performance import create_performance
from apps.concerts.services.publication_steps import Step, take_step
from apps.concerts.services.publish_show import publish_show, take_back_show
from apps.concerts.services.review_show import approve_show, reject_show, submit_show
from apps.concerts.services.set_prices import set_prices
from apps.concerts.waiting_room.services.change_waiting_room import change_waiting_room
from apps.orders.models import Order
from apps.orders.services.rebuild_seat_state import ensure_seat_state, ensure_seat_states
from apps.orders.states import OrderStatus
from tests.factories import make_performance, make_user, make_venue, seat_ids
from tests.held_seats import hold_seats
from tests.order_factories import make_order
from tests.shows import approve, bring_to, letters_of, make_draft, state_of
from tests.staff import make_staff

pytestmark = pytest.mark.django_db(transaction=True)

P = Publication


@pytest.fixture
def editor() -> User:
    return make_staff("catalogue")


@pytest.fixture
def publisher() -> User:
    return make_staff("publication")


def performance_of(performance: Performance) -> Show:
    return performance


def concert_of(performance: Performance) -> Show:
    return performance.concert


BOTH = pytest.mark.parametrize("kind", [performance_of, concert_of], ids=["performance", "concert"])
Kind = Callable[[Performance], Show]


@BOTH
def test_a_show_is_submitted_approved_and_published_and_each_step_is_kept(
    kind: Kind, editor: User, publisher: User
) -> None:
    show = kind(make_draft())

    submit_show(show, by=editor)
    approve(show, by=publisher)
    publish_show(show, by=publisher)

    steps = show.publication_events.values_list("from_status", "to_status", "by", "actor")
    assert state_of(show) == P.PUBLISHED
    assert list(steps) == [
        (P.DRAFT, P.SUBMITTED, editor.pk, f"staff:{editor.pk}"),
        (P.SUBMITTED, P.APPROVED, publisher.pk, f"staff:{publisher.pk}"),
        (P.APPROVED, P.PUBLISHED, publisher.pk, f"staff:{publisher.pk}"),
    ]


def test_what_is_made_begins_as_a_draft(editor: User) -> None:
    before = make_performance(in_redis=False)
    made = create_performance(
        before.concert, venue=make_venue(), starts_at=before.starts_at, sale_opens_at=before.sale_opens_at,
        sale_closes_at=before.sale_closes_at, prices=(),
    )  # fmt: skip
    concert = Concert.objects.create(
        slug="new", title="New", organiser="Us", genre=Genre.PLAY, running_minutes=60,
        cancellation_policy=before.concert.cancellation_policy,
    )  # fmt: skip

    assert (state_of(made), state_of(concert)) == (P.DRAFT, P.DRAFT)


# What follows what

FOLLOWING = {
    Step.SUBMIT: {P.DRAFT, P.SUBMITTED, P.APPROVED, P.REJECTED},
    Step.APPROVE: {P.SUBMITTED},
    Step.REJECT: {P.SUBMITTED, P.APPROVED},
    Step.PUBLISH: {P.APPROVED},
    Step.TAKE_BACK: {P.PUBLISHED},
}


@BOTH
@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("state", P)
def test_a_step_out_of_turn_is_refused_and_changes_nothing(kind: Kind, state: P, step: Step, publisher: User) -> None:
    show = kind(make_draft())
    bring_to(show, state)
    steps = show.publication_events.count()
    take = lambda: take_step(show, step, by=publisher, seen=fingerprint_of(show), explanation="because")  # noqa: E731

    if state in FOLLOWING[step]:
        take()
        assert show.publication_events.count() == steps + 1
    else:
        with pytest.raises(PublicationConflict):
            take()
        assert (state_of(show), show.publication_events.count()) == (state, steps)


@BOTH
def test_what_is_gone_has_no_next_step(kind: Kind, publisher: User) -> None:
    performance = make_draft()
    show = kind(performance)
    performance.delete()
    if isinstance(show, Concert):
        Concert.objects.filter(pk=show.pk).delete()

    for step in Step:
        with pytest.raises(NotFound):
            take_step(show, step, by=publisher, seen="", explanation="because")


@pytest.mark.parametrize("explanation", ["", "  ", "x" * 2_001])
def test_a_rejection_says_why(explanation: str, publisher: User) -> None:
    show = make_draft()
    bring_to(show, P.SUBMITTED)

    with pytest.raises(ValidationFailed):
        reject_show(show, by=publisher, explanation=explanation)
    assert state_of(show) == P.SUBMITTED

    reject_show(show, by=publisher, explanation="The title has a slip.")
    assert state_of(show) == P.REJECTED
    assert show.publication_events.last().explanation == "The title has a slip."


# What is missing


def without_prices(performance: Performance) -> None:
    Grade.objects.filter(performance=performance).delete()


def without_seats(performance: Performance) -> None:
    Venue.objects.filter(pk=performance.venue_id).update(seat_count=0)


def with_a_sale_that_is_over(performance: Performance) -> None:
    past = timezone.now() - timedelta(days=1)
    Performance.objects.filter(pk=performance.pk).update(sale_opens_at=past - timedelta(days=1), sale_closes_at=past)


def cancelled(performance: Performance) -> None:
    Performance.objects.filter(pk=performance.pk).update(status=Performance.Status.CANCELLED)


def without_fees(performance: Performance) -> None:
    policy = CancellationPolicy.objects.create(name="to be agreed")
    Concert.objects.filter(pk=performance.concert_id).update(cancellation_policy=policy)


@pytest.mark.parametrize(
    ("kind", "taken", "missing"),
    [
        (performance_of, without_prices, "prices"),
        (performance_of, without_seats, "hall"),
        (performance_of, with_a_sale_that_is_over, "sale_times"),
        (performance_of, cancelled, "schedule"),
        (concert_of, without_fees, "policy"),
    ],
)
def test_what_is_not_complete_is_not_submitted_and_is_told_what_it_lacks(
    kind: Kind, taken: Callable[[Performance], None], missing: str, editor: User
) -> None:
    performance = make_draft()
    taken(performance)

    with pytest.raises(ShowIncomplete) as refused:
        submit_show(kind(performance), by=editor)

    assert refused.value.extras["missing"] == [missing]
    assert state_of(kind(performance)) == P.DRAFT


def test_a_sale_that_has_ended_since_the_approval_is_not_published(publisher: User) -> None:
    show = make_draft()
    with_a_sale_that_is_over(show)
    content = fingerprint_of(show)
    Performance.objects.filter(pk=show.pk).update(publication=P.APPROVED, content_fingerprint=content)

    with pytest.raises(ShowIncomplete):
        publish_show(show, by=publisher)
    assert state_of(show) == P.APPROVED


# An approval is of a content

UNSEEN = {
    Concert: {"id", "is_rehearsal", "created_at", "cancellation_policy"},  # whose own fields are below
    Performance: {
        "id", "concert", "venue", "status", "catalogue_version", "waiting_room_rate", "waiting_room_inside_limit",
        "cancelled_reason", "moving_since", "moved_at",  # of a show's later life
    },
    CancellationPolicy: {"id"},
    CancellationTier: {"id", "policy"},
    Venue: {"id"},
    Grade: {"id", "performance"},
    SectionGrade: {"id", "performance", "section"},
    Section: {"id", "venue", "name", "position"},  # of the hall, which stays as it was built
}  # fmt: skip
PUBLICATION = {"publication", "publish_at", "content_fingerprint", "submitted_by"}


def rows_of(performance: Performance) -> dict[type[models.Model], models.QuerySet[Any]]:
    policy = performance.concert.cancellation_policy
    return {
        Concert: Concert.objects.filter(pk=performance.concert_id),
        Performance: Performance.objects.filter(pk=performance.pk),
        CancellationPolicy: CancellationPolicy.objects.filter(pk=policy.pk),
        CancellationTier: CancellationTier.objects.filter(pk=policy.tiers.first().pk),
        Venue: Venue.objects.filter(pk=performance.venue_id),
        Grade: Grade.objects.filter(pk=performance.grades.first().pk),
        SectionGrade: SectionGrade.objects.filter(pk=performance.section_grades.first().pk),
        Section: Section.objects.filter(pk=performance.section_grades.first().section_id),
    }


def another(field: models.Field[Any, Any], value: Any, performance: Performance) -> Any:
    """A value that a field does not have."""
    if field.name == "cap_percent":
        return value - 1
    if field.name == "grade":
        return performance.grades.exclude(pk=value).first()
    if isinstance(field, models.DateTimeField):
        return value + timedelta(minutes=1)
    if isinstance(field, models.TimeField):
        return "09:17"
    if field.choices:
        return next(one for one, _ in field.choices if one != value)
    return (value or 0) + 1 if isinstance(field, models.IntegerField) else f"{value}x"[-7:]


SEEN = [
    (model, field.name)
    for model, unseen in UNSEEN.items()
    for field in model._meta.concrete_fields
    if field.name not in unseen | PUBLICATION
]


@pytest.mark.parametrize(("model", "name"), SEEN)
def test_whatever_buyers_see_is_part_of_what_is_approved(model: type[models.Model], name: str) -> None:
    performance = make_draft()
    rows = rows_of(performance)[model]
    before = fingerprint_of(performance), fingerprint_of(performance.concert)
    value = rows.values_list(name, flat=True).get()
    if name.startswith("cutoff"):  # a day and a time, or neither
        rows.update(cutoff_days_before=5 if name.endswith("before") else 2, cutoff_time="17:01")
    else:
        rows.update(**{name: another(model._meta.get_field(name), value, performance)})

    assert (fingerprint_of(performance), fingerprint_of(performance.concert)) != before


@pytest.mark.parametrize("name", sorted({"waiting_room_rate", "waiting_room_inside_limit"}))
def test_the_dials_of_a_line_are_not(name: str) -> None:
    performance = make_draft()
    before = fingerprint_of(performance)
    Performance.objects.filter(pk=performance.pk).update(**{name: 7})

    assert fingerprint_of(performance) == before


CHANGES: dict[str, tuple[Kind, Callable[[Performance], Any]]] = {
    "its time": (
        performance_of,
        lambda one: change_performance(one.pk, starts_at=one.starts_at + timedelta(hours=1)),
    ),
    "its prices": (performance_of, lambda one: Grade.objects.filter(performance=one).update(price_krw=1)),
    "the hall's name": (performance_of, lambda one: Venue.objects.filter(pk=one.venue_id).update(name="Elsewhere")),
    "its title": (concert_of, lambda one: Concert.objects.filter(pk=one.concert_id).update(title="Another")),
    "the fees": (concert_of, lambda one: one.concert.cancellation_policy.tiers.update(percent=100, cap_percent=100)),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_has_changed_since_is_neither_approved_nor_published_until_it_is_submitted_again(
    what: str, editor: User, publisher: User
) -> None:
    performance = make_draft()
    kind, change = CHANGES[what]
    show = kind(performance)
    submit_show(show, by=editor)

    change(performance)
    with pytest.raises(ContentChanged):
        approve(show, by=publisher)
    assert state_of(show) == P.SUBMITTED

    submit_show(show, by=editor)
    approve(show, by=publisher)
    Concert.objects.filter(pk=performance.concert_id).update(notice="Doors at seven.")
    Performance.objects.filter(pk=performance.pk).update(limit_per_person=9)
    with pytest.raises(ContentChanged):
        publish_show(show, by=publisher)
    assert state_of(show) == P.APPROVED


def test_nobody_approves_what_they_have_not_looked_at(editor: User, publisher: User) -> None:
    show = make_draft()
    submit_show(show, by=editor)
    seen = fingerprint_of(show)
    change_performance(show.pk, limit_per_person=1)
    submit_show(show, by=editor)

    with pytest.raises(ContentChanged):
        approve_show(show, by=publisher, seen=seen)
    assert state_of(show) == P.SUBMITTED


def test_what_is_submitted_anew_while_somebody_approves_is_not_approved(
    editor: User, publisher: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    show = make_draft()
    submit_show(show, by=editor)
    seen = fingerprint_of(show)

    def read_before_the_change(one: Show) -> str:
        monkeypatch.setattr(review_show, "fingerprint_of", fingerprint_of)
        change_performance(show.pk, limit_per_person=1)
        submit_show(show, by=editor)
        return seen

    monkeypatch.setattr(review_show, "fingerprint_of", read_before_the_change)
    with pytest.raises(ContentChanged):
        approve_show(show, by=publisher, seen=seen)


# Two people


@BOTH
def test_where_two_people_are_asked_for_whoever_submitted_does_not_approve(kind: Kind, settings: Settings) -> None:
    show, one, other = kind(make_draft()), make_staff("publication"), make_staff("publication")
    submit_show(show, by=one)

    settings.PUBLICATION_NEEDS_TWO = True
    with pytest.raises(SecondPersonNeeded):
        approve(show, by=one)
    assert state_of(show) == P.SUBMITTED
    approve(show, by=other)
    assert state_of(show) == P.APPROVED


def test_where_the_account_that_submitted_is_gone_anybody_else_approves(settings: Settings, editor: User) -> None:
    settings.PUBLICATION_NEEDS_TWO = True
    show = make_draft()
    submit_show(show, by=editor)
    editor.delete()

    approve(show)

    assert state_of(show) == P.APPROVED
    assert show.publication_events.first().by is None


def test_where_one_is_enough_the_same_person_approves(settings: Settings) -> None:
    settings.PUBLICATION_NEEDS_TWO = False
    show, one = make_draft(), make_staff("catalogue", "publication")
    submit_show(show, by=one)
    approve(show, by=one)
    assert state_of(show) == P.APPROVED


# A set time


def set_for_tomorrow(show: Show, by: User) -> None:
    bring_to(show, P.APPROVED)
    publish_show(show, by=by, at=timezone.now() + timedelta(days=1))


@pytest.mark.parametrize("at", [timedelta(seconds=-1), timedelta(days=21)], ids=["past", "after the sale"])
def test_a_show_is_not_set_for_a_time_that_makes_no_sense(at: timedelta, publisher: User) -> None:
    show = make_draft()
    bring_to(show, P.APPROVED)

    with pytest.raises(ValidationFailed):
        publish_show(show, by=publisher, at=timezone.now() + at)
    assert state_of(show) == P.APPROVED


SCHEDULED_CHANGES: dict[str, Callable[[Performance], Any]] = {
    "times": lambda one: change_performance(one.pk, starts_at=one.starts_at + timedelta(hours=1)),
    "prices": lambda one: set_prices(one, ()),
    "the line": lambda one: change_waiting_room(one.pk, actor=None, mode=WaitingRoomMode.CLOSED),
}


@pytest.mark.parametrize("what", SCHEDULED_CHANGES)
def test_what_is_set_for_a_time_stays_as_it_was_approved(what: str, publisher: User) -> None:
    show = make_draft()
    set_for_tomorrow(show, publisher)
    content = fingerprint_of(show)

    with pytest.raises(PublicationConflict):
        SCHEDULED_CHANGES[what](show)
    assert fingerprint_of(show) == content

    change_waiting_room(show.pk, actor=None, rate=9.0)  # a dial is turned all the same
    retried_transaction(close_performance)(show.pk, reason="ill")


def test_what_was_set_for_a_time_can_be_taken_back_and_set_for_another(publisher: User) -> None:
    show = make_draft()
    set_for_tomorrow(show, publisher)

    take_back_show(show, by=publisher, explanation="not yet")
    assert (state_of(show), Performance.objects.get(pk=show.pk).publish_at) == (P.APPROVED, None)
    publish_show(show, by=publisher, at=timezone.now() + timedelta(days=2))

    last = show.publication_events.last()
    assert last.publish_at == Performance.objects.get(pk=show.pk).publish_at


# After publication


def test_a_published_show_is_edited_as_ever_but_keeps_a_price() -> None:
    show = make_performance()
    change_performance(show.pk, limit_per_person=1)

    with pytest.raises(ValidationFailed):
        set_prices(show, ())
    assert show.grades.count() == 2


def held_in_redis(performance: Performance) -> None:
    hold_seats(performance, seat_ids(performance, 1))


def ordered(status: str, **more: Any) -> Callable[[Performance], None]:
    def order(performance: Performance) -> None:
        made = make_order(make_user(), performance, status=OrderStatus(status))
        Order.objects.filter(pk=made.pk).update(**{"status": status, **more})

    return order


@BOTH
@pytest.mark.parametrize(
    "has_sold",
    [held_in_redis, ordered("RESERVED"), ordered("CONFIRMING"), ordered("WAITING_FOR_DEPOSIT"), ordered("PAID"),
     ordered("CANCELLED", paid_at=timezone.now())],
    ids=["held in Redis", "held", "being paid", "waiting for a deposit", "paid", "paid and refunded"],
)  # fmt: skip
def test_what_somebody_has_bought_or_holds_is_not_taken_back(
    kind: Kind, has_sold: Callable[[Performance], None], publisher: User
) -> None:
    performance = make_performance()
    has_sold(performance)

    with pytest.raises(AlreadySold):
        take_back_show(kind(performance), by=publisher)

    assert state_of(kind(performance)) == P.PUBLISHED
    ensure_seat_states()  # as beat does each second
    assert letters_of(performance.pk)


@BOTH
def test_an_order_that_holds_nothing_does_not_keep_a_show_public(kind: Kind, publisher: User) -> None:
    performance = make_performance()
    ordered("PENDING")(performance)
    ordered("EXPIRED")(performance)

    take_back_show(kind(performance), by=publisher)

    assert state_of(kind(performance)) == P.APPROVED


def test_nothing_is_taken_back_while_redis_cannot_tell_who_holds_seats(redis_server: Any, publisher: User) -> None:
    performance = make_performance()
    redis_server.kill()

    with pytest.raises(DomainError):
        take_back_show(performance, by=publisher)
    assert state_of(performance) == P.PUBLISHED


def test_the_seats_of_what_was_taken_back_come_back_when_it_is_published_again(publisher: User) -> None:
    performance = make_performance()
    Performance.objects.filter(pk=performance.pk).update(content_fingerprint=fingerprint_of(performance))
    take_back_show(performance, by=publisher)
    with pytest.raises(NotFound):
        ensure_seat_state(performance.pk)

    publish_show(performance, by=publisher)
    ensure_seat_states()

    hold_seats(performance, seat_ids(performance, 1))
    assert "h" in letters_of(performance.pk)


# Blocking before anybody can buy


def test_seats_that_were_blocked_before_publication_are_not_sold_after_it(editor: User) -> None:
    performance = make_draft()
    first, second = seat_ids(performance, 2)
    block_seats(performance, [first, second], actor_id=editor.pk)
    unblock_seats(performance, [second])
    assert not sync_redis().keys(f"*performance:{performance.pk}*")
    for show in (performance, performance.concert):
        bring_to(show, P.PUBLISHED)

    ensure_seat_states()

    assert letters_of(performance.pk)[:2] == "ba"
