"""What a conversation's page shows, and its files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.common.admin.pages import StaffPage, staff_page
from apps.common.errors import NotFound
from apps.counseling.downloads import attachment_response
from apps.counseling.models import Attachment, CounselSession, CounselSessionEvent
from apps.counseling.states import SessionStatus
from apps.orders.timeline import ACCOUNT, state_words

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MESSAGES_SHOWN = 1000


def conversation_context(request: HttpRequest, session: CounselSession) -> dict[str, Any]:
    """Everything of one conversation, in as many queries as it has tables: what was said is shown as it is stored."""
    messages = list(session.messages.select_related("sender", "attachment")[: MESSAGES_SHOWN + 1])
    return {
        "title": _("Conversation %(number)s") % {"number": f"#{session.pk}"},
        "breadcrumbs": [(_("Conversations"), reverse("admin:counseling_counselsession_changelist"))],
        "session": session,
        "log": getattr(session, "log", None),
        "rating": getattr(session, "rating", None),
        "entries": messages[:MESSAGES_SHOWN],
        "is_cut": len(messages) > MESSAGES_SHOWN,
        "notes": session.notes.select_related("author"),
        "parts": session.assignments.select_related("counselor", "category"),
        "acts": session.acts.select_related("actor"),
        "moves": _moves(list(session.events.all())),
        "sees_accounts": request.user.has_perm("accounts.view_user"),
        "sees_orders": request.user.has_perm("orders.view_order"),
    }


def _moves(events: list[CounselSessionEvent]) -> list[tuple[CounselSessionEvent, StrOrPromise, str]]:
    """Return each event with its move in words and the nickname of who it was, where it was an account."""
    label = dict(SessionStatus.choices)
    ids = {event.actor: int(match[1]) for event in events if (match := ACCOUNT.fullmatch(event.actor))}
    nicknames = dict(User.objects.filter(pk__in=ids.values()).values_list("pk", "nickname")) if ids else {}
    return [
        (
            event,
            state_words(label.get(event.from_status, event.from_status), label.get(event.to_status, event.to_status)),
            nicknames.get(ids.get(event.actor, 0), event.actor),
        )
        for event in events
    ]


@staff_page
class AttachmentPage(StaffPage):
    """A conversation's file, for who may read the conversation; a browser only saves it."""

    path = "counseling/attachment/<int:attachment_id>/"
    name = "conversation-file"
    title = gettext_lazy("File of a conversation")
    permissions = ("counseling.view_counselsession", "counseling.view_attachment")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        attachment = get_object_or_404(Attachment, pk=self.kwargs["attachment_id"])
        try:
            return attachment_response(attachment)
        except NotFound as error:
            raise Http404 from error
