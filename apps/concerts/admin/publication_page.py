"""Publishing: where a concert and its performances stand, what they lack, the next step, and who took those before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.admin.base import refusal_text, require
from apps.common.admin.pages import Crumb, StaffPage, staff_page
from apps.common.errors import DomainError
from apps.concerts.admin.forms import zone_in_words
from apps.concerts.admin.performance_pages import PATH, PerformancePage
from apps.concerts.admin.staff import staff_of
from apps.concerts.errors import AlreadySold, ContentChanged, PublicationConflict, SecondPersonNeeded
from apps.concerts.models import SUBMITTABLE, Concert, Performance, Publication
from apps.concerts.publication.content import Show, fingerprint_of
from apps.concerts.publication.missing import IN_WORDS, list_missing
from apps.concerts.services.publication_steps import Step, permission_for, take_step
from apps.concerts.services.review_show import LONGEST_REASON

CONCERT_PATH = "concerts/concert/<int:concert_id>/"
STEPS_FROM = {
    **{state: [Step.SUBMIT] for state in SUBMITTABLE},
    Publication.SUBMITTED: [Step.APPROVE, Step.REJECT, Step.SUBMIT],
    Publication.APPROVED: [Step.PUBLISH, Step.REJECT, Step.SUBMIT],
    Publication.PUBLISHED: [Step.TAKE_BACK],
}
PUBLICATION_COLOURS = {
    Publication.DRAFT: "default",
    Publication.SUBMITTED: "info",
    Publication.APPROVED: "warning",
    Publication.REJECTED: "danger",
    Publication.PUBLISHED: "success",
}
MARKS = {Publication.PUBLISHED: "good", Publication.REJECTED: "bad"}
WORDS = {
    Step.SUBMIT: gettext_lazy("Submit for approval"),
    Step.APPROVE: gettext_lazy("Approve"),
    Step.REJECT: gettext_lazy("Reject"),
    Step.PUBLISH: gettext_lazy("Publish"),
    Step.TAKE_BACK: gettext_lazy("Take back"),
}
FIELDS = {Step.REJECT: "reason", Step.TAKE_BACK: "reason", Step.PUBLISH: "publish_at"}
"""What a step asks for besides."""

REFUSALS = {
    ContentChanged.code: gettext_lazy("It has changed since. Look at it again, or submit it again."),
    SecondPersonNeeded.code: gettext_lazy("Somebody else has to approve what you have submitted."),
    AlreadySold.code: gettext_lazy("Seats were sold or are held: it can be called off or moved, but not taken back."),
    PublicationConflict.code: gettext_lazy("Somebody has taken another step meanwhile."),
}


class StepForm(forms.Form):
    """A step for some shows; `show` are their keys, and `seen:KEY` the content that the page has shown of each."""

    step = forms.ChoiceField(choices=[(step.value, step.value) for step in Step])
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("To reject or to take back. Colleagues read it here."),
    )
    publish_at = forms.DateTimeField(
        label=gettext_lazy("Publish from"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = zone_in_words()
        self.fields["publish_at"].help_text = _("Empty: at once. Local time of %(zone)s.") % {"zone": zone}


def key_of(show: Show) -> str:
    """Name a show in the form."""
    return f"{_kind(show)}-{show.pk}"


def _kind(show: Show) -> str:
    return "performance" if isinstance(show, Performance) else "concert"


@dataclass(frozen=True, slots=True)
class Row:
    """A show as the page has it."""

    show: Show
    key: str
    title: str
    link: str
    mark: str
    is_scheduled: bool
    is_changed: bool  # since it was submitted or approved
    content: str
    missing: Sequence[Any]

    @classmethod
    def of(cls, show: Show, *, now: datetime) -> Row:
        state = Publication(show.publication)
        is_under_review = state in (Publication.SUBMITTED, Publication.APPROVED)
        content = fingerprint_of(show) if is_under_review else ""
        missing = [] if state == Publication.PUBLISHED else list_missing(show, now=now)
        return cls(
            show=show,
            key=key_of(show),
            title=str(show),
            link=reverse(f"admin:concerts_{_kind(show)}_change", args=[show.pk]),
            mark=MARKS.get(state, "warn"),
            is_scheduled=show.is_scheduled(now),
            is_changed=is_under_review and content != show.content_fingerprint,
            content=content,
            missing=[IN_WORDS[one] for one in missing],
        )

    @property
    def steps(self) -> list[Step]:
        """The steps that follow from where it stands."""
        return STEPS_FROM[Publication(self.show.publication)]


def next_step(rows: Sequence[Row]) -> Step | None:
    """The step that brings the first of the shows forward that can be: what changed is submitted again."""
    for row in rows:
        step = Step.SUBMIT if row.is_changed else row.steps[0]
        if step != Step.TAKE_BACK:
            return step
    return None


class _PublicationPage(StaffPage):
    """What the pages of a concert's and of a performance's publication share."""

    title = gettext_lazy("Publication")
    permissions: ClassVar[Sequence[str]] = ("concerts.view_performance", "concerts.view_concert")

    def list_shows(self) -> list[Show]:
        """The shows on the page, the one that it is about first."""
        raise NotImplementedError

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """Take a step for each of the shows that were chosen; a refusal of one is not the others'."""
        form = StepForm(request.POST)
        chosen = [show for show in self.list_shows() if key_of(show) in request.POST.getlist("show")]
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        step = Step(form.cleaned_data["step"])
        require(request, *{permission_for(step, show) for show in chosen})
        taken = sum(self._take(request, step, show, form) for show in chosen)
        if taken:
            text = _("%(step)s: done for %(count)d.") % {"step": WORDS[step], "count": taken}
            messages.success(request, text)
        elif not chosen:
            messages.warning(request, _("Nothing was chosen."))
        return HttpResponseRedirect(request.path)

    def _take(self, request: HttpRequest, step: Step, show: Show, form: StepForm) -> bool:
        try:
            take_step(
                show,
                step,
                by=staff_of(request),
                seen=request.POST.get(f"seen:{key_of(show)}", ""),
                explanation=form.cleaned_data["reason"],
                at=form.cleaned_data["publish_at"],
            )
        except DomainError as refusal:
            text = REFUSALS.get(refusal.code) or refusal_text(refusal)
            messages.error(request, f"{show}: {text}")
            return False
        return True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kwargs.setdefault("form", StepForm())
        now = timezone.now()
        shows = self.list_shows()
        rows = [Row.of(show, now=now) for show in shows]
        steps = list(self._open_steps(rows))
        is_next = next_step(rows)
        concert = shows[0].concert if isinstance(shows[0], Performance) else shows[0]
        return super().get_context_data(
            rows=rows,
            steps=[(step, WORDS[step]) for step in sorted(steps, key=lambda step: step != is_next)],
            next_step=is_next,
            fields={FIELDS[step] for step in steps if step in FIELDS},
            history=shows[0].publication_events.select_related("by").order_by("-pk"),
            preview=reverse("admin:concerts_concert_preview", args=[concert.pk]),
            **kwargs,
        )

    def _open_steps(self, rows: Sequence[Row]) -> Iterator[Step]:
        """The steps that the reader may take for one of the rows at least."""
        for step in Step:
            if any(step in row.steps and self.request.user.has_perm(permission_for(step, row.show)) for row in rows):
                yield step


@staff_page
class PerformancePublicationPage(_PublicationPage, PerformancePage):
    path = f"{PATH}publication/"
    name = "concerts_performance_publication"
    template_name = "admin/concerts/performance/publication.html"
    tab = "publication"

    def list_shows(self) -> list[Show]:
        return [self.performance]


@staff_page
class ConcertPublicationPage(_PublicationPage):
    """A concert with all its performances, so that a run of many evenings is one step."""

    path = f"{CONCERT_PATH}publication/"
    name = "concerts_concert_publication"
    template_name = "admin/concerts/concert/publication.html"

    @cached_property
    def concert(self) -> Concert:
        return get_object_or_404(Concert, pk=self.kwargs["concert_id"])

    def list_shows(self) -> list[Show]:
        return [self.concert, *self.concert.performances.select_related("concert", "venue").order_by("starts_at", "pk")]

    def get_breadcrumbs(self) -> list[Crumb]:
        return [
            (_("Concerts"), reverse("admin:concerts_concert_changelist")),
            (str(self.concert), reverse("admin:concerts_concert_change", args=[self.concert.pk])),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(original=self.concert, tab="publication", **kwargs)
