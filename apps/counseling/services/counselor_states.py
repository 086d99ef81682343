"""Counselors at work: their states, which Redis decides and the history remembers."""

from __future__ import annotations

from collections.abc import Iterable

from apps.common.errors import ValidationFailed
from apps.counseling.access import get_profile
from apps.counseling.errors import CounselorStateConflict
from apps.counseling.models import CounselorProfile, CounselSession, WrapUpCode
from apps.counseling.notices import tell_counselor
from apps.counseling.routing import store
from apps.counseling.routing.answers import Change, CounselorView
from apps.counseling.services.end_session import finish_after_call, wrap_up_none_given
from apps.counseling.services.rebuild_routing import put_right, with_routing
from apps.counseling.services.return_to_line import return_to_line
from apps.counseling.services.run_matches import run_matches
from apps.counseling.services.state_changes import changed_event, drain_state_changes, tell_states
from apps.counseling.states import CounselorState, SessionStatus


def change_counselor_state(
    counselor_id: int, to: CounselorState, *, wrap_up_code: str | None = None, note: str = ""
) -> Change:
    """Change a counselor's state at their own wish; the same state again changes nothing.

    Leaving AFTER_CALL closes the after-call work, with the code that is given. READY pulls the next match.

    Raises:
        NotACounselor: no active profile.
        ValidationFailed: no such wrap-up code.
        CounselorStateConflict: the table of moves does not have it.
    """
    profile = get_profile(counselor_id)
    wrap_up = get_wrap_up(wrap_up_code)
    change = _change(profile, to, reason="counselor")
    if change.from_state == CounselorState.AFTER_CALL and change.changed:
        finish_after_call(counselor_id, wrap_up_id=wrap_up.pk, note=note)
    _after(counselor_id, change, reason="counselor")
    return change


def get_wrap_up(code: str | None) -> WrapUpCode:
    """Return a wrap-up code; without one that of `none given`. Raises ValidationFailed."""
    if code is None:
        return wrap_up_none_given()
    wrap_up = WrapUpCode.objects.filter(code=code, is_active=True).first()
    if wrap_up is None:
        raise ValidationFailed(errors={"wrap_up_code": ["There is no such code."]})
    return wrap_up


def end_overdue_after_calls(counselor_ids: Iterable[int]) -> None:
    """End the after-call work of counselors whose limit has passed: READY, and `none given`."""
    for counselor_id in counselor_ids:
        profile = CounselorProfile.objects.filter(pk=counselor_id).first()
        if profile is None:
            continue
        try:
            change = _change(profile, CounselorState.READY, reason="limit", overdue_only=True)
        except CounselorStateConflict:  # somebody else ended it, or it was made longer
            continue
        finish_after_call(counselor_id, wrap_up_id=get_wrap_up(None).pk)
        _after(counselor_id, change, reason="limit")


def lose_counselors(counselor_ids: Iterable[int]) -> None:
    """Send counselors who gave no sign of life for the time of grace OFFLINE; their conversations go to others."""
    for counselor_id in counselor_ids:
        profile = CounselorProfile.objects.filter(pk=counselor_id).first()
        if profile is None:
            continue
        try:
            change = _change(profile, CounselorState.OFFLINE, reason="lost", forced=True, overdue_only=True)
        except CounselorStateConflict:  # back in time
            continue
        if change.from_state == CounselorState.AFTER_CALL:
            finish_after_call(counselor_id, wrap_up_id=get_wrap_up(None).pk)
        theirs = CounselSession.objects.filter(
            counselor=counselor_id, status__in=(SessionStatus.IN_PROGRESS, SessionStatus.OFFERED)
        )
        for session_id in theirs.values_list("pk", flat=True):
            return_to_line(session_id, counselor_id=counselor_id)
        for session_id in change.session_ids:  # what only routing took for theirs
            put_right(session_id)
        _after(counselor_id, change, reason="lost")


def change_profile(profile: CounselorProfile) -> None:
    """Put a changed capacity, skills or activity in force; a raised capacity pulls the next match."""
    skills = list(profile.skills.filter(is_active=True).values_list("pk", flat=True))
    workload = with_routing(lambda: store.change_profile(profile.pk, capacity=profile.capacity, skills=skills))
    drain_state_changes()
    tell_states([profile.pk], reason="profile changed")
    run_matches(workload.category_ids)


def get_counselor(counselor_id: int) -> CounselorView:
    """Return a counselor's state, load and conversations, as routing has them; OFFLINE where it has nothing."""
    profile = get_profile(counselor_id)
    found = with_routing(lambda: store.team([counselor_id]))
    if found:
        return found[0]
    return CounselorView(
        counselor_id=counselor_id,
        state=CounselorState.OFFLINE,
        capacity=profile.capacity,
        category_ids=tuple(profile.skills.values_list("pk", flat=True)),
        session_ids=(),
        idle_since=0,
        after_call_until=None,
    )


def _change(
    profile: CounselorProfile, to: CounselorState, *, reason: str, forced: bool = False, overdue_only: bool = False
) -> Change:
    skills = list(profile.skills.filter(is_active=True).values_list("pk", flat=True))
    return with_routing(
        lambda: store.change_state(
            profile.pk,
            to,
            reason=reason,
            capacity=profile.capacity,
            skills=skills,
            forced=forced,
            overdue_only=overdue_only,
        )
    )


def _after(counselor_id: int, change: Change, *, reason: str) -> None:
    """Remember a change, tell the counselor, and let whoever is READY have the next."""
    drain_state_changes()
    tell_counselor(counselor_id, changed_event(change, reason=reason))
    if change.to_state.row.takes_conversations:
        run_matches(change.category_ids)
