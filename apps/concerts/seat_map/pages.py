"""The page on which seats are chosen."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.accounts.pages.guards import current_user, login_required_page
from apps.common.errors import ServiceUnavailable
from apps.common.pages.modules import modules_of
from apps.concerts.errors import AccessPassRequired
from apps.concerts.models import Grade, Performance, SaleStatus
from apps.concerts.move_stamp import move_stamp
from apps.concerts.waiting_room.permission import require_access_pass

MODULES = modules_of("concerts/seat-map/seat-map.js", "common/site.js")
"""What the page's scripts are made of until seats can be chosen; asked for with the page, not one after the other."""

ROWS_KEPT_FREE = 2  # of the list of chosen seats, so that little moves when one comes or goes
ORDER_TO_BE = "ORDER"  # where the script puts the order's id into an address


@never_cache
@require_safe
@login_required_page
def seat_map(request: HttpRequest, performance_id: int) -> HttpResponse:
    """Let somebody choose seats; who has to wait for that, or for the sale, goes to the waiting room.

    The hall and the states of its seats come by two calls that begin with the page (preloaded, without a token).
    """
    grades = Grade.objects.filter(section_grades__isnull=False).distinct().order_by("-price_krw", "name")
    now = timezone.now()
    performance = (
        Performance.objects.public(now)
        .select_related("concert", "venue")
        .prefetch_related(Prefetch("grades", grades))
        .filter(pk=performance_id)
        .first()
    )
    if performance is None:
        raise Http404
    status = performance.sale_status(now)
    if status == SaleStatus.UPCOMING or (status == SaleStatus.ON_SALE and _has_to_wait(performance_id, request)):
        return redirect("waiting-room-page", performance_id)
    context = {
        "performance": performance,
        "concert": performance.concert,
        "grades": performance.grades.all(),
        "is_cancelled": performance.status == Performance.Status.CANCELLED,
        "is_over": status == SaleStatus.CLOSED,
        "rows": min(ROWS_KEPT_FREE, performance.limit_per_person),
        "counts": range(1, performance.limit_per_person + 1),
        "sale": _for_the_script(performance),
        "modules": MODULES,
    }
    return render(request, "concerts/seat_map.html", context)


def _has_to_wait(performance_id: int, request: HttpRequest) -> bool:
    """Tell whether a turn is needed first; where nobody can tell, the page is shown and booking will tell."""
    try:
        require_access_pass(performance_id, current_user(request).pk)
    except AccessPassRequired:
        return True
    except ServiceUnavailable:
        return False
    return False


def _for_the_script(performance: Performance) -> dict[str, Any]:
    """What static/concerts/seat-map/seat-map.js goes by."""
    seats = f"/api/performances/{performance.pk}"
    return {
        "performance": performance.pk,
        "limit": performance.limit_per_person,
        "plan": f"{seats}/layout/columns",
        "statuses": f"{seats}/seats/columns",
        "checkout": reverse("checkout", args=[ORDER_TO_BE]),
        "moved": move_stamp(performance),
        "waitingRoom": reverse("waiting-room-page", args=[performance.pk]),
        "concert": reverse("concert-page", args=[performance.concert.slug]),
        "orders": reverse("my-orders"),
    }
