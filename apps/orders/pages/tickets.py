"""What a ticket's holder takes along: the code for the gate, a print, an entry in the calendar."""

from __future__ import annotations

from io import BytesIO

import segno
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.accounts.pages.guards import login_required_page
from apps.orders.calendar import order_calendar as calendar_of
from apps.orders.models import Order, Ticket

QUIET_ZONE = 4  # modules of white around the code, as ISO/IEC 18004 asks for
KEPT_SECONDS = 3600  # by the holder's own browser: there may be no network at the gate
GONE = 410


@require_safe
@login_required_page
def ticket_qr(request: HttpRequest, code: str) -> HttpResponse:
    """Draw a ticket's code as the gate scans it: the ticket's own, and nothing else.

    A dead ticket has none, nor has one of a show that is called off.
    """
    ticket = get_object_or_404(Ticket.objects.select_related("performance"), code=code, user=request.user)
    if not ticket.live or ticket.performance.is_called_off:
        return HttpResponse(status=GONE, headers={"Cache-Control": "private, no-store"})
    drawing = BytesIO()
    segno.make_qr(ticket.code, error="m").save(
        drawing, kind="svg", scale=8, border=QUIET_ZONE, dark="#000", light="#fff", omitsize=True
    )
    kept = {"Cache-Control": f"private, max-age={KEPT_SECONDS}"}
    return HttpResponse(drawing.getvalue(), content_type="image/svg+xml", headers=kept)


@never_cache
@require_safe
@login_required_page
def order_print(request: HttpRequest, order_id: str) -> HttpResponse:
    """Lay out an order's valid tickets for paper, a sheet each."""
    order = _own_order(request, order_id)
    tickets = list(order.tickets.filter(live=True).select_related("line", "seat__section").order_by("line__number"))
    if not tickets or order.performance.is_called_off:
        return HttpResponseRedirect(reverse("order-page", args=[order.pk]))
    return render(request, "orders/print.html", {"order": order, "tickets": tickets})


@never_cache
@require_safe
@login_required_page
def order_calendar(request: HttpRequest, order_id: str) -> HttpResponse:
    """Give the show as a calendar's entry; opened again after a cancellation it takes the entry back."""
    order = _own_order(request, order_id)
    tickets = list(order.tickets.select_related("seat__section").order_by("line__number"))
    if not tickets:
        raise Http404
    page = request.build_absolute_uri(reverse("order-page", args=[order.pk]))
    response = HttpResponse(calendar_of(order, tickets, page=page), content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="ticket-live-{order.pk}.ics"'
    return response


def _own_order(request: HttpRequest, order_id: str) -> Order:
    orders = Order.objects.select_related("performance__concert", "performance__venue")
    return get_object_or_404(orders, pk=order_id, user=request.user)
