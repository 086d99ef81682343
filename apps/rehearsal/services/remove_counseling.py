"""The part of `remove_rehearsals` that is about counseling: conversations, inquiries, the desk and its counselors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from django.db.models import Exists, OuterRef, Q

from apps.accounts.rehearsals import is_rehearsals
from apps.common.database.transactions import in_transaction
from apps.counseling.models import (
    Category,
    CounselAssignment,
    CounselorProfile,
    CounselorStateEvent,
    CounselSession,
    DailyCounselorKpi,
    Domain,
    Inquiry,
    KpiMark,
)
from apps.counseling.services.counselor_states import change_counselor_state
from apps.counseling.services.end_session import end_session
from apps.counseling.services.state_changes import drain_state_changes
from apps.counseling.states import CounselorState, EndReason
from apps.rehearsal.services.batches import Counts, each_batch, forget_promises
from apps.rehearsal.services.delete_whole import delete_whole


def remove_counseling() -> Iterator[Counts]:
    """Remove what the crowd asked, and then the desk that was there for it.

    Conversations that are still open are ended first, so that routing and their counselors are free of them. A
    counselor of the crowd goes OFFLINE before the rows go: a change of state without its counselor could not be stored.
    """
    of_rehearsals = is_rehearsals("customer") | Q(category__domain__is_rehearsal=True)
    yield from each_batch(CounselSession.objects.filter(of_rehearsals), _remove_conversations)
    yield from each_batch(Inquiry.objects.filter(of_rehearsals), lambda pks: delete_whole(Inquiry, pks))
    yield _remove_team()
    desks = Category.objects.filter(domain__is_rehearsal=True)
    yield delete_whole(Category, list(desks.values_list("pk", flat=True)))
    domains = Domain.objects.filter(is_rehearsal=True, categories=None)
    yield delete_whole(Domain, list(domains.values_list("pk", flat=True)))


def _remove_conversations(session_ids: list[int]) -> Counts:
    still_open = CounselSession.objects.filter(pk__in=session_ids, is_open=True)
    for session_id, customer_id in still_open.values_list("pk", "customer"):
        end_session(session_id, reason=EndReason.CUSTOMER, actor_id=customer_id)

    def remove() -> Counts:
        counts = forget_promises("session_id", session_ids)
        counts[KpiMark._meta.label] += KpiMark.objects.filter(session_id__in=session_ids).delete()[0]
        return counts + delete_whole(CounselSession, session_ids)

    return in_transaction(remove)


def _remove_team() -> Counts:
    """Remove what makes counselors of the crowd's accounts, of those who have had nobody of the house."""
    talked = Exists(CounselAssignment.objects.filter(counselor=OuterRef("pk")))
    team = list(CounselorProfile.objects.filter(is_rehearsals("user")).filter(~talked).order_by("pk"))
    for profile in team:
        if profile.is_active:
            change_counselor_state(profile.pk, CounselorState.OFFLINE)
    drain_state_changes()
    ids = [profile.pk for profile in team]

    def remove() -> Counts:
        counts: Counts = Counter()
        for rows in (
            CounselorStateEvent.objects.filter(counselor__in=ids),
            DailyCounselorKpi.objects.filter(counselor__in=ids),
            KpiMark.objects.filter(counselor_id__in=ids),
        ):
            counts += Counter(rows.delete()[1])
        return counts + delete_whole(CounselorProfile, ids)

    return in_transaction(remove)
