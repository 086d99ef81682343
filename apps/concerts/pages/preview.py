"""A concert's page as the public would see it if all of it were published, for staff alone: an address of the admin."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext_lazy

from apps.common.admin.pages import StaffPage, staff_page
from apps.concerts import selectors
from apps.concerts.models import Concert
from apps.concerts.pages.concert import concert_context


@staff_page
class PreviewPage(StaffPage):
    path = "concerts/concert/<int:concert_id>/preview/"
    name = "concerts_concert_preview"
    title = gettext_lazy("Preview")
    permissions = ("concerts.view_concert", "concerts.view_performance")

    def get(self, request: HttpRequest, *_args: Any, **kwargs: Any) -> HttpResponse:
        try:
            concert = selectors.preview_concert(kwargs["concert_id"])
        except Concert.DoesNotExist as error:
            raise Http404 from error
        context = {**concert_context(request, concert, now=timezone.now()), "is_preview": True}
        answer = render(request, "concerts/concert.html", context)
        answer["X-Robots-Tag"] = "noindex"
        add_never_cache_headers(answer)
        return answer
