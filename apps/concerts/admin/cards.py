"""The catalogue on the admin's first page: what is on sale, and what opens next."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.common.admin.cards import Card, dashboard_card
from apps.concerts.models import Performance

MOST_SHOWN = 6
LOOK_AHEAD = timedelta(days=14)


@dashboard_card(permission="concerts.view_performance", position=10)
def on_sale(_request: HttpRequest) -> Card:
    """What is sold now and what opens within two weeks, the next first."""
    now = timezone.now()
    scheduled = Performance.objects.of_the_house().public(now).filter(status=Performance.Status.SCHEDULED)
    scheduled = scheduled.select_related("concert", "venue")
    selling = scheduled.filter(sale_opens_at__lte=now, sale_closes_at__gt=now)
    opening = scheduled.filter(sale_opens_at__gt=now, sale_opens_at__lte=now + LOOK_AHEAD).order_by("sale_opens_at")
    return Card(
        title=_("Sales"),
        template="admin/concerts/card_sales.html",
        context={
            "selling_count": selling.count(),
            "selling": selling.order_by("starts_at")[:MOST_SHOWN],
            "opening": opening[:MOST_SHOWN],
        },
        link=reverse("admin:concerts_performance_changelist"),
        is_wide=True,
    )
