"""Keep a file that somebody is about to send, and find it again for the people of its conversation."""

from __future__ import annotations

import re
import secrets
from pathlib import PurePath

import puremagic
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q

from apps.common.clock import database_now
from apps.common.errors import NotFound, PermissionRefused
from apps.common.limits import FILE_BYTES
from apps.counseling.access import Member
from apps.counseling.errors import AttachmentRefused, SessionStateConflict
from apps.counseling.masking import mask
from apps.counseling.models import Attachment, CounselSession
from apps.counseling.states import SessionStatus

MAX_BYTES = FILE_BYTES
MAX_UNSENT = 10  # files of one person in one conversation that no message has named yet
MAX_NAME = 120
EXTENSIONS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "application/pdf": "pdf",
}
NOT_IN_A_NAME = re.compile(r"[\x00-\x1f\x7f/\\\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # controls, and turned text


def keep_attachment(member: Member, *, user_id: int, name: str, content: bytes) -> Attachment:
    """Keep a file for a message that will name it.

    1. Its type is what its content says; its name is only shown.
    2. It is written under a name that nobody can guess.
    3. Its row is written under the session's lock, so that none comes after the end nor over the limit; a file
       without a row is removed again.

    Raises:
        PermissionRefused: the member only reads.
        SessionStateConflict: nobody is talking there.
        AttachmentRefused: too large, empty, of another type, or too many that wait to be sent.
    """
    if not member.may_write:
        raise PermissionRefused("You only watch this conversation")
    content_type = content_type_of(content)
    attachment = Attachment(
        session=member.session,
        uploaded_by_id=user_id,
        name=shown_name(name, content_type=content_type),
        content_type=content_type,
        size_bytes=len(content),
    )
    attachment.file.save(f"{secrets.token_hex(16)}.{EXTENSIONS[content_type]}", ContentFile(content), save=False)
    try:
        _insert(attachment)
    except BaseException:
        attachment.file.delete(save=False)
        raise
    return attachment


@transaction.atomic
def _insert(attachment: Attachment) -> None:
    session = CounselSession.objects.select_for_update().get(pk=attachment.session_id)
    if session.status != SessionStatus.IN_PROGRESS:
        raise SessionStateConflict(session_status=session.status)
    unsent = Attachment.objects.filter(session=session, uploaded_by=attachment.uploaded_by_id, message=None)
    if unsent.count() >= MAX_UNSENT:
        raise AttachmentRefused(f"{MAX_UNSENT} files wait to be sent already")
    attachment.created_at = database_now()
    attachment.save()


def get_attachment(member: Member, attachment_id: int, *, user_id: int) -> Attachment:
    """Return a file of the conversation: one that was sent, or the caller's own; raise NotFound."""
    files = Attachment.objects.filter(Q(message__isnull=False) | Q(uploaded_by=user_id), session=member.session)
    attachment = files.filter(pk=attachment_id).first()
    if attachment is None:
        raise NotFound
    return attachment


def content_type_of(content: bytes) -> str:
    """Return the media type that the first bytes say; raise AttachmentRefused for any that is not taken."""
    if not 0 < len(content) <= MAX_BYTES:
        raise AttachmentRefused
    try:
        content_type = puremagic.from_string(content, mime=True)
    except puremagic.PureError as error:
        raise AttachmentRefused from error
    if content_type not in EXTENSIONS:
        raise AttachmentRefused
    return content_type


def shown_name(name: str, *, content_type: str) -> str:
    """Return a file's name as people see it: short, on one line, without numbers to be masked, of its true type."""
    stem = PurePath(mask(NOT_IN_A_NAME.sub("", name).strip())).stem.strip(" .")
    extension = EXTENSIONS[content_type]
    return f"{(stem or 'file')[: MAX_NAME - len(extension) - 1]}.{extension}"
