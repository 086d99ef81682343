"""What has to happen by itself: limits that pass, matches whose process died, counselors who are lost."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import F, Max, Q
from django.db.models.functions import Coalesce, Greatest, Now

from apps.counseling.models import Category, CounselSession
from apps.counseling.routing import store
from apps.counseling.services.counselor_states import end_overdue_after_calls, lose_counselors
from apps.counseling.services.end_session import end_session
from apps.counseling.services.offers import lapse_offers
from apps.counseling.services.rebuild_routing import put_right, with_routing
from apps.counseling.services.run_matches import run_matches
from apps.counseling.services.state_changes import drain_state_changes
from apps.counseling.states import EndReason, SessionStatus

ENDED_AT_ONCE = 100
LEFT_ALONE = timedelta(seconds=30)


def sweep_routing() -> None:
    """Do all that is due. Run late, twice or in several workers at once it does nothing a second time.

    1. Leases that have lapsed: the database says whether the match was kept, or the session waits again.
    2. Offers nobody took go back to their places; after-call work ends at its limit; lost counselors go OFFLINE.
    3. The history is brought up to date.
    4. Whoever waits while somebody is free is matched, whatever trigger may have been lost.
    """
    due = with_routing(store.due)
    for session_id, _counselor_id in due.leases:
        put_right(session_id)
    lapse_offers(due.offers)
    end_overdue_after_calls(due.after_calls)
    lose_counselors(due.lost)
    drain_state_changes()
    run_matches(Category.objects.filter(is_active=True).values_list("pk", flat=True))


def find_forgotten() -> int:
    """Put open sessions that routing does not know where the database says; return how many those were."""
    before = Now() - LEFT_ALONE
    waiting = CounselSession.objects.filter(status=SessionStatus.WAITING, requested_at__lt=before)
    session_ids = list(waiting.values_list("pk", flat=True))
    if not session_ids:
        return 0
    positions = with_routing(lambda: store.positions(session_ids))
    return sum(
        put_right(session_id)
        for session_id, queue_position in zip(session_ids, positions, strict=True)
        if queue_position is None
    )


def end_idle_sessions() -> int:
    """End conversations in which nobody has said a word for COUNSEL_IDLE_SECONDS; return how many those were."""
    last_word = Greatest(Coalesce(Max("messages__sent_at"), F("answered_at")), F("answered_at"))
    silent = (
        CounselSession.objects.filter(Q(status=SessionStatus.IN_PROGRESS))
        .annotate(last_word=last_word)
        .filter(last_word__lt=Now() - timedelta(seconds=settings.COUNSEL_IDLE_SECONDS))
    )
    session_ids = list(silent.values_list("pk", flat=True)[:ENDED_AT_ONCE])
    for session_id in session_ids:
        end_session(session_id, reason=EndReason.TIME_OUT)
    return len(session_ids)
