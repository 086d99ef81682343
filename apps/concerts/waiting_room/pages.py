"""The page of a performance's waiting room."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.accounts.pages.guards import current_user, login_required_page
from apps.common.errors import ServiceUnavailable
from apps.concerts.errors import AccessPassRequired
from apps.concerts.models import Performance, SaleStatus
from apps.concerts.waiting_room.permission import require_access_pass

SECONDS_PER_MINUTE = 60


@never_cache
@require_safe
@login_required_page
def waiting_room(request: HttpRequest, performance_id: int) -> HttpResponse:
    """Let somebody wait in line; who may choose seats already goes there at once.

    Joining is the script's business: a page that is only looked at, by a preview for instance, takes no number.
    """
    now = timezone.now()
    performances = Performance.objects.public(now).select_related("concert", "venue")
    performance = performances.filter(pk=performance_id).first()
    if performance is None:
        raise Http404
    status = performance.sale_status(now)
    if status == SaleStatus.ON_SALE and _may_choose(performance_id, current_user(request).pk):
        return redirect("seat-map-page", performance_id)
    context = {
        "performance": performance,
        "concert": performance.concert,
        "is_cancelled": performance.status == Performance.Status.CANCELLED,
        "is_over": status == SaleStatus.CLOSED,
        "is_early": now < performance.waiting_room_opens_at,
        "pass_minutes": settings.ACCESS_PASS_SECONDS // SECONDS_PER_MINUTE,
        "room": _for_the_script(performance),
    }
    return render(request, "concerts/waiting_room.html", context)


def _may_choose(performance_id: int, user_id: int) -> bool:
    """Tell whether somebody needs no turn, or has had it; where nobody can tell the page is to find out."""
    try:
        require_access_pass(performance_id, user_id)
    except (AccessPassRequired, ServiceUnavailable):
        return False
    return True


def _for_the_script(performance: Performance) -> dict[str, Any]:
    """What static/concerts/waiting-room/room.js goes by; times in milliseconds."""
    return {
        "performance": performance.pk,
        "title": performance.concert.title,
        "joinsFrom": _milliseconds(performance.waiting_room_opens_at.timestamp()),
        "opensAt": _milliseconds(performance.sale_opens_at.timestamp()),
        "closesAt": _milliseconds(performance.sale_closes_at.timestamp()),
        "seats": reverse("seat-map-page", args=[performance.pk]),
        "concert": reverse("concert-page", args=[performance.concert.slug]),
    }


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
