"""A counselor's own canned replies. Everybody's are kept in the admin."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from apps.common.errors import NotFound, PermissionRefused
from apps.counseling.models import CannedReply


def list_canned_replies(counselor_id: int) -> QuerySet[CannedReply]:
    """Return everybody's and the counselor's own, by their shortcuts."""
    return CannedReply.objects.filter(Q(owner=None) | Q(owner=counselor_id)).order_by("shortcut", "pk")


def write_canned_reply(counselor_id: int, **fields: Any) -> CannedReply:
    """Keep a reply of the counselor's own."""
    return CannedReply.objects.create(owner_id=counselor_id, **fields)


def get_own_reply(counselor_id: int, reply_id: int) -> CannedReply:
    """Return a reply that the counselor may change.

    Raises:
        PermissionRefused: it is everybody's.
        NotFound: it is somebody else's, or none.
    """
    reply = list_canned_replies(counselor_id).filter(pk=reply_id).first()
    if reply is None:
        raise NotFound
    if reply.owner_id is None:
        raise PermissionRefused("Everybody's replies are changed in the admin")
    return reply
