"""What supervisors do in a conversation besides taking it over: they join it, and whisper to its counselor."""

from __future__ import annotations

from apps.accounts.models import User
from apps.common.clock import database_now
from apps.common.database.transactions import retried_transaction
from apps.common.errors import ValidationFailed
from apps.counseling.access import SUPERVISE, Member, has_joined, require
from apps.counseling.errors import SessionStateConflict
from apps.counseling.models import CounselSession, InternalNote
from apps.counseling.notices import tell_counselor
from apps.counseling.services.append_entry import append_entry
from apps.counseling.states import EntryType, SenderRole, SessionStatus

MAX_NOTE = 2_000


@retried_transaction
def join_session(member: Member, *, supervisor_id: int) -> None:
    """Let a supervisor speak in a conversation, which is told of it; a second time nothing happens.

    Raises:
        PermissionRefused: no supervisor.
        SessionStateConflict: it does not go on.
    """
    require(supervisor_id, SUPERVISE)
    session = CounselSession.objects.select_for_update().get(pk=member.session.pk)
    if session.status != SessionStatus.IN_PROGRESS:
        raise SessionStateConflict(session_status=session.status)
    if not has_joined(session.pk, supervisor_id):
        append_entry(session.pk, type=EntryType.JOINED, sender_id=supervisor_id, sender_role=SenderRole.SUPERVISOR)


@retried_transaction
def whisper(member: Member, *, supervisor_id: int, content: str) -> InternalNote:
    """Tell the counselor something that the customer does not see. Raises PermissionRefused, ValidationFailed."""
    require(supervisor_id, SUPERVISE)
    note = write_note(member, author_id=supervisor_id, content=content, is_whisper=True)
    if member.session.counselor_id is not None:
        name = User.objects.values_list("nickname", flat=True).get(pk=supervisor_id)
        tell_counselor(
            member.session.counselor_id,
            {
                "type": "WHISPER",
                "session_id": member.session.pk,
                "content": note.content,
                "author": {"id": supervisor_id, "name": name},
            },
        )
    return note


def write_note(member: Member, *, author_id: int, content: str, is_whisper: bool = False) -> InternalNote:
    """Note something about a conversation that its customer never sees. Raises ValidationFailed."""
    text = content.strip()
    if not 0 < len(text) <= MAX_NOTE:
        raise ValidationFailed(errors={"content": [f"1 to {MAX_NOTE} characters."]})
    return InternalNote.objects.create(
        session=member.session, author_id=author_id, content=text, is_whisper=is_whisper, created_at=database_now()
    )
