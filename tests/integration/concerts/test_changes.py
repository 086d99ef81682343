"""What of a concert was called off or moved is told first on its page, and by badges wherever it is listed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.concerts.models import Concert, Performance, PerformanceMove
from apps.concerts.pages.changes import MOST_MOVED, TOLD_AFTER
from tests.factories import make_performance, make_venue
from tests.pages import in_english, parts

pytestmark = pytest.mark.django_db

REASON = "가수의 <건강> 문제"


def called_off(performance: Performance, reason: str = REASON) -> Performance:
    Performance.objects.filter(pk=performance.pk).update(status="CANCELLED", cancelled_reason=reason)
    return Performance.objects.get(pk=performance.pk)


def moved(performance: Performance, **changes: Any) -> PerformanceMove:
    """The performance as a move has left it, which began three days earlier in another hall."""
    now = timezone.now()
    move = PerformanceMove.objects.create(
        **{
            "performance": performance,
            "status": PerformanceMove.Status.DONE,
            "open": None,
            "from_starts_at": performance.starts_at - timedelta(days=3),
            "to_starts_at": performance.starts_at,
            "from_venue": make_venue(),
            "to_venue": performance.venue,
            "from_sale_closes_at": performance.sale_closes_at,
            "to_sale_closes_at": performance.sale_closes_at,
            "free_return_until": now + timedelta(days=5),
            "reason": "폭설로 연기합니다.",
            "asked_at": now,
            "moved_at": now,
        }
        | changes
    )
    Performance.objects.filter(pk=performance.pk).update(moved_at=move.moved_at)
    return move


def another(performance: Performance, **changes: Any) -> Performance:
    """One more evening of the same concert."""
    other = Performance.objects.get(pk=performance.pk)
    other.pk = None
    other.starts_at += timedelta(days=Performance.objects.count())
    for name, value in changes.items():
        setattr(other, name, value)
    other.save()
    return other


def page_of(client: Client, concert: Concert) -> str:
    return in_english(client, f"/concerts/{concert.slug}/")


def first_said(client: Client, concert: Concert) -> str:
    """What stands before the dates, without being unfolded."""
    return " ".join(parts(page_of(client, concert), ".changes"))


def test_a_date_that_is_called_off_stands_first_with_its_reason_and_what_holders_get(client: Client) -> None:
    off = called_off(make_performance(in_redis=False))
    another(off, status="SCHEDULED", cancelled_reason="")

    page = page_of(client, off.concert)

    (said,) = parts(page, ".changes")
    for part in ("Called off", REASON, f"{off.starts_there:%Y}", off.venue.name, "all of the money back"):
        assert part in said
    assert page.index('class="changes"') < page.index('id="performances"') < page.index("<details")


def test_a_show_of_which_nothing_takes_place_says_so_in_its_head(client: Client) -> None:
    off = called_off(make_performance(in_redis=False))

    page = page_of(client, off.concert)

    assert "Called off" in parts(page, ".badges")[0]
    assert "Sale ended" not in parts(page, ".badges")[0]
    assert "This show does not take place." in page


def test_dates_of_one_reason_are_told_together(client: Client) -> None:
    first = called_off(make_performance(in_redis=False))
    called_off(another(first))
    called_off(another(first), reason="another one")

    said = first_said(client, first.concert)

    assert (said.count(REASON), said.count("another one")) == (1, 1)


def test_a_date_that_was_called_off_long_ago_is_told_among_the_past_ones_only(client: Client) -> None:
    off = called_off(make_performance(in_redis=False))
    Performance.objects.update(starts_at=timezone.now() - TOLD_AFTER - timedelta(days=1))

    assert first_said(client, off.concert) == ""
    assert REASON in " ".join(parts(page_of(client, off.concert), ".remark"))


def test_a_date_that_was_moved_stands_first_with_both_dates_and_until_when_tickets_come_back(client: Client) -> None:
    show = make_performance(in_redis=False)
    move = moved(show)

    said = first_said(client, show.concert)

    for part in (move.from_venue.name, show.venue.name, move.reason, "free of charge until"):
        assert part in said

    PerformanceMove.objects.update(free_return_until=timezone.now())
    assert "free of charge" not in first_said(client, show.concert)


def test_it_is_told_as_well_when_the_sale_of_the_moved_date_has_ended(client: Client) -> None:
    show = make_performance(in_redis=False)
    move = moved(show)
    Performance.objects.update(sale_closes_at=timezone.now() - timedelta(minutes=1))

    assert move.from_venue.name in first_said(client, show.concert)


def test_what_was_moved_and_then_called_off_is_called_off(client: Client) -> None:
    show = make_performance(in_redis=False)
    moved(show)
    called_off(show)

    assert "Moved" not in first_said(client, show.concert)
    assert parts(page_of(client, show.concert), ".moved") == []


def test_of_many_moves_some_are_told_and_the_rows_of_all_give_their_reasons(client: Client) -> None:
    shows = [make_performance(in_redis=False)]
    shows += [another(shows[0]) for _ in range(MOST_MOVED)]
    for show in shows:
        moved(show)

    page = page_of(client, shows[0].concert)

    assert len(parts(page, ".change")) == MOST_MOVED
    assert "1 more date was moved" in page
    assert page.count("폭설로 연기합니다.") == MOST_MOVED + len(shows)


def test_a_show_without_changes_has_no_such_box(client: Client) -> None:
    assert first_said(client, make_performance(in_redis=False).concert) == ""


def test_its_page_asks_no_more_queries_for_more_changes(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    shows = [make_performance(in_redis=False)]
    shows += [another(shows[0]) for _ in range(6)]
    for show in shows[:3]:
        moved(show)
    for show in shows[3:]:
        called_off(show)

    with django_assert_max_num_queries(7):
        page_of(client, shows[0].concert)


def badges(client: Client, **query: str) -> str:
    return " ".join(parts(in_english(client, "/", **query), ".badges"))


def test_a_list_marks_what_was_called_off_and_what_was_moved(client: Client) -> None:
    show = make_performance(in_redis=False)
    called_off(another(show))
    moved(another(show))

    assert "Some dates called off" in badges(client)
    assert "Date or hall changed" in badges(client)


def test_a_show_that_opens_soon_is_marked_as_well(client: Client) -> None:
    show = make_performance(in_redis=False, opens_in=timedelta(days=1))
    called_off(another(show))

    assert "Some dates called off" in badges(client)


def test_whoever_looks_for_a_show_that_is_called_off_finds_it(client: Client) -> None:
    off = called_off(make_performance(in_redis=False))
    Concert.objects.filter(pk=off.concert_id).update(title="사라진 밤")

    assert "사라진 밤" not in in_english(client, "/")
    found = in_english(client, "/", q="사라진")
    assert "사라진 밤" in found
    assert "Called off" in badges(client, q="사라진")
    assert "Called off" in badges(client, status="closed")
    assert "see what was called off below" in found


def test_a_show_with_other_dates_to_buy_is_not_listed_twice(client: Client) -> None:
    show = make_performance(in_redis=False)
    called_off(another(show))

    assert in_english(client, "/", q="달빛").count(f"/concerts/{show.concert.slug}/") == 1


def test_what_is_not_public_is_not_found(client: Client) -> None:
    off = called_off(make_performance(in_redis=False))
    Performance.objects.filter(pk=off.pk).update(publication="DRAFT")

    assert 'id="called-off"' not in in_english(client, "/", q="달빛")
