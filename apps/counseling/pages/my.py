"""A customer's own conversations, to read again, to rate, and to fetch files from; without a script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import Role
from apps.accounts.pages.guards import current_user, login_required_page
from apps.common.errors import NotFound
from apps.counseling.access import Member, get_member
from apps.counseling.downloads import attachment_response
from apps.counseling.entries import name_of
from apps.counseling.errors import AlreadyRated, SessionStateConflict
from apps.counseling.models import CounselMessage, CounselRating, CounselSession
from apps.counseling.selectors import list_entries, list_sessions
from apps.counseling.services.attachments import get_attachment
from apps.counseling.services.rate_session import rate_session
from apps.counseling.states import EndReason, EntryType, SenderRole, SessionStatus

CONVERSATIONS_A_PAGE = 10
ENTRIES_A_PAGE = 200
SCORES = [
    (5, gettext_lazy("Very good")),
    (4, gettext_lazy("Good")),
    (3, gettext_lazy("Fair")),
    (2, gettext_lazy("Poor")),
    (1, gettext_lazy("Very poor")),
]


class RatingForm(forms.Form):
    score = forms.TypedChoiceField(
        label=gettext_lazy("How was it?"), choices=SCORES, coerce=int, widget=forms.RadioSelect
    )
    feedback = forms.CharField(
        label=gettext_lazy("What we could do better"),
        required=False,
        max_length=CounselRating._meta.get_field("feedback").max_length,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry of the log as the page shows it: somebody's words, or what happened."""

    entry: CounselMessage
    who: str
    event: str  # empty for a message

    @property
    def is_mine(self) -> bool:
        return self.entry.sender_role == SenderRole.CUSTOMER


@never_cache
@login_required_page
@require_safe
def conversations(request: HttpRequest) -> HttpResponse:
    """List them, the newest first."""
    found = list_sessions(current_user(request).pk, role=Role.CUSTOMER)
    page = Paginator(found, CONVERSATIONS_A_PAGE).get_page(request.GET.get("page"))
    sessions = [(session, status_label(session)) for session in page.object_list]
    return render(request, "counseling/my/conversations.html", {"page": page, "sessions": sessions})


@never_cache
@login_required_page
@require_safe
def conversation(request: HttpRequest, session_id: int) -> HttpResponse:
    """Show what was said, by pages."""
    return _conversation_page(request, _own(request, session_id), form=RatingForm())


@never_cache
@login_required_page
@require_POST
def rate(request: HttpRequest, session_id: int) -> HttpResponse:
    """Rate a conversation that has ended, once."""
    member = _own(request, session_id)
    form = RatingForm(request.POST)
    if not form.is_valid():
        return _conversation_page(request, member, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        rate_session(member.session, **form.cleaned_data)
        messages.success(request, _("Thank you for your rating."))
    except AlreadyRated:
        messages.info(request, _("You have rated this conversation before; that rating counts."))
    except SessionStateConflict:
        messages.warning(request, _("A conversation can be rated once it has ended."))
    return HttpResponseRedirect(reverse("my-conversation", args=[session_id]))


@never_cache
@login_required_page
@require_safe
def conversation_file(request: HttpRequest, session_id: int, attachment_id: int) -> HttpResponseBase:
    """Hand over a file of the conversation."""
    user = current_user(request)
    try:
        return attachment_response(get_attachment(_own(request, session_id), attachment_id, user_id=user.pk))
    except NotFound as error:
        raise Http404 from error


def _conversation_page(request: HttpRequest, member: Member, *, form: RatingForm, status: int = 200) -> HttpResponse:
    session = CounselSession.objects.select_related("category", "counselor", "rating").get(pk=member.session.pk)
    pages = Paginator(list_entries(session.pk), ENTRIES_A_PAGE)
    page = pages.get_page(request.GET.get("page") or pages.num_pages)
    rating = getattr(session, "rating", None)  # the reverse side of a one-to-one: it may be missing
    context = {
        "session": session,
        "words": status_label(session),
        "page": page,
        "lines": list(_lines(page.object_list)),
        "rating": rating,
        "rating_label": dict(SCORES).get(rating.score) if rating else "",
        "form": form if rating is None and session.status == SessionStatus.ENDED else None,
    }
    return render(request, "counseling/my/conversation.html", context, status=status)


def _own(request: HttpRequest, session_id: int) -> Member:
    """The caller's part as the customer; a counselor reads conversations at the desk."""
    try:
        return get_member(session_id, current_user(request).pk, role=Role.CUSTOMER)
    except NotFound as error:
        raise Http404 from error


def status_label(session: CounselSession) -> str:
    """Say where a conversation stands."""
    words = {
        SessionStatus.WAITING: _("Waiting for a counselor"),
        SessionStatus.OFFERED: _("Waiting for a counselor"),
        SessionStatus.IN_PROGRESS: _("Going on"),
        SessionStatus.ENDED: _("Ended"),
        SessionStatus.ABANDONED: _("Ended before a counselor came"),
    }
    return words[SessionStatus(session.status)]


def _lines(entries: Iterable[CounselMessage]) -> Iterator[EntryLine]:
    for entry in entries:
        yield EntryLine(entry, who=_who(entry), event="" if entry.type == EntryType.MESSAGE else _event(entry))


def _who(entry: CounselMessage) -> str:
    if entry.sender_role == SenderRole.CUSTOMER:
        return _("You")
    return name_of(entry.sender) or _("Ticket-Live")


def _event(entry: CounselMessage) -> str:
    match EntryType(entry.type):
        case EntryType.ACCEPTED:
            name = (entry.details.get("counselor") or {}).get("name")
            return _("%(name)s has joined the conversation.") % {"name": name or _("A counselor")}
        case EntryType.TRANSFERRED:
            return _("The conversation is handed on to another counselor.")
        case EntryType.JOINED:
            return _("%(name)s has joined the conversation.") % {"name": name_of(entry.sender) or _("A supervisor")}
    ends = {
        EndReason.CUSTOMER: _("You ended the conversation."),
        EndReason.COUNSELOR: _("The counselor ended the conversation."),
        EndReason.SUPERVISOR: _("The counselor ended the conversation."),
        EndReason.DISCONNECT: _("The conversation ended because the connection was lost."),
        EndReason.TIME_OUT: _("The conversation ended because nothing was said for a long time."),
        EndReason.LEFT_LINE: _("You left the line."),
        EndReason.INQUIRY: _("You wrote an inquiry instead."),
    }
    return ends.get(entry.details.get("reason"), _("The conversation has ended."))
