"""A transfer changes what an earlier day says of first contacts: whoever comes back about something else was helped."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.common.clock import database_now
from apps.common.days import day_of
from apps.counseling.access import get_member
from apps.counseling.models import CounselAssignment, CounselSession, DailyCategoryKpi
from apps.counseling.services.counselor_states import change_counselor_state
from apps.counseling.services.mark_kpis import mark_session
from apps.counseling.services.request_session import request_session
from apps.counseling.services.rollup_kpis import refresh_kpis, roll_up
from apps.counseling.services.transfer_session import transfer_to_category
from apps.counseling.states import CounselorState, SessionStatus
from tests.counseling_factories import make_category, make_counselor, make_session
from tests.factories import make_user


@pytest.mark.django_db(transaction=True)
def test_a_transfer_renews_the_days_on_which_the_same_customer_was_here_before() -> None:
    here, elsewhere = make_category(), make_category()
    counselor, customer = make_counselor(here), make_user()
    ended = database_now() - timedelta(days=2)
    early = make_session(here, customer=customer, counselor=counselor, status=SessionStatus.ENDED)
    CounselSession.objects.filter(pk=early.pk).update(requested_at=ended, answered_at=ended, ended_at=ended)
    CounselAssignment.objects.filter(session=early).update(started_at=ended, ended_at=ended)
    mark_session(early.pk)
    for state in (CounselorState.ONLINE, CounselorState.READY):
        change_counselor_state(counselor.pk, state)
    again = request_session(customer.pk, category_id=here.pk).session
    refresh_kpis()
    assert DailyCategoryKpi.objects.get(category=here, day=day_of(ended)).resolved == 0

    member = get_member(again.pk, counselor.pk, role=counselor.role)
    transfer_to_category(member, category_id=elsewhere.pk, by=counselor.pk)
    refresh_kpis()

    assert DailyCategoryKpi.objects.get(category=here, day=day_of(ended)).resolved == 1
    today = day_of(database_now())
    assert roll_up(today - timedelta(days=4), today) == []
