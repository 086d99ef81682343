"""The audit of a rehearsal of the centre finds what it is there to find."""

from __future__ import annotations

import pytest

from apps.accounts.services.issue_tokens import IssuedToken
from apps.common.clock import database_now
from apps.common.redis import sync_redis
from apps.counseling.models import CounselAssignment, CounselLog, CounselMessage
from apps.counseling.services.mark_kpis import mark_session
from apps.counseling.services.rebuild_routing import rebuild_routing
from apps.counseling.states import EntryType, SenderRole, SessionStatus
from apps.rehearsal.counseling.people import Heard
from apps.rehearsal.counseling.stage import Centre
from apps.rehearsal.counseling.verdict import audit_centre
from tests.counseling_factories import assign, make_category, make_counselor, make_session
from tests.factories import make_user

pytestmark = pytest.mark.django_db

SAID = ("q1", "a1", "q2")


class Rehearsal:
    """One customer and one counselor, whose conversation went as it should."""

    def __init__(self) -> None:
        rebuild_routing()
        self.category = make_category()
        self.counselor = make_counselor(self.category, capacity=1)
        self.session = make_session(self.category, status=SessionStatus.ENDED, counselor=self.counselor)
        for seq, name in enumerate(SAID, start=1):
            CounselMessage.objects.create(
                session=self.session, seq=seq, type=EntryType.MESSAGE, client_message_id=name,
                sender=self.counselor, sender_role=SenderRole.COUNSELOR, content=name, sent_at=database_now(),
            )  # fmt: skip
        CounselLog.objects.create(
            session=self.session, counselor=self.counselor, category=self.category, reason="customer",
            waited_seconds=0, duration_seconds=0, ended_at=self.session.ended_at,
        )  # fmt: skip
        mark_session(self.session.pk)
        whole = [(seq, "MESSAGE", name) for seq, name in enumerate(SAID, start=1)]
        self.asked = Heard(self.session.pk, sent=["q1", "q2"], entries=list(whole))
        self.answered = Heard(self.session.pk, sent=["a1"], entries=list(whole))

    def broken_rules(self) -> set[str]:
        centre = Centre(self.category.pk, [_person(self.session.customer_id)], [_person(self.counselor.pk)])
        findings = audit_centre(centre, [self.asked, self.answered])
        return {finding.rule for finding in findings if not finding.holds}


def _person(user_id: int) -> IssuedToken:
    return IssuedToken(user_id=user_id, email="", access="")


@pytest.fixture
def rehearsal() -> Rehearsal:
    return Rehearsal()


HEARD = "no message lost, doubled or out of order, on either side"


def test_a_rehearsal_that_went_well_holds(rehearsal: Rehearsal) -> None:
    assert rehearsal.broken_rules() == set()


def test_a_message_that_one_side_did_not_hear_is_found(rehearsal: Rehearsal) -> None:
    del rehearsal.answered.entries[1]

    assert rehearsal.broken_rules() == {HEARD}


def test_a_message_that_was_heard_twice_is_found(rehearsal: Rehearsal) -> None:
    rehearsal.asked.entries.append(rehearsal.asked.entries[-1])

    assert rehearsal.broken_rules() == {HEARD}


def test_messages_heard_in_another_order_are_found(rehearsal: Rehearsal) -> None:
    rehearsal.asked.entries.reverse()

    assert rehearsal.broken_rules() == {HEARD}


def test_a_message_that_was_sent_and_is_not_kept_is_found(rehearsal: Rehearsal) -> None:
    rehearsal.asked.sent.append("q3")

    assert rehearsal.broken_rules() == {"every message that was sent is kept once"}


def test_a_gap_in_the_numbers_is_found(rehearsal: Rehearsal) -> None:
    CounselMessage.objects.filter(session=rehearsal.session, seq=3).update(seq=4)

    assert "the numbers of each log have no gap" in rehearsal.broken_rules()


def test_two_conversations_at_once_of_a_counselor_for_one_are_found(rehearsal: Rehearsal) -> None:
    assign(make_session(rehearsal.category, status=SessionStatus.IN_PROGRESS), rehearsal.counselor)
    assign(make_session(rehearsal.category, status=SessionStatus.IN_PROGRESS), rehearsal.counselor)

    assert "no counselor had more than their capacity" in rehearsal.broken_rules()


def test_a_load_that_did_not_come_back_to_zero_is_found(rehearsal: Rehearsal) -> None:
    make_session(rehearsal.category, status=SessionStatus.IN_PROGRESS, counselor=rehearsal.counselor)
    sync_redis().flushall()
    rebuild_routing()  # what goes on in the database is a load in Redis again

    assert "all loads are back to zero" in rehearsal.broken_rules()


def test_a_conversation_without_its_log_row_is_found(rehearsal: Rehearsal) -> None:
    CounselLog.objects.all().delete()

    assert "each conversation has one log row" in rehearsal.broken_rules()


def test_a_customer_without_an_answer_is_found(rehearsal: Rehearsal) -> None:
    make_session(rehearsal.category, customer=make_user())

    assert "every customer had one conversation, and it ended" in rehearsal.broken_rules()


def test_figures_that_nothing_renewed_are_found(rehearsal: Rehearsal) -> None:
    assert rehearsal.broken_rules() == set()
    CounselAssignment.objects.filter(session=rehearsal.session).update(ended_by="lost")

    assert rehearsal.broken_rules() == {"the day's figures equal their recomputation"}
