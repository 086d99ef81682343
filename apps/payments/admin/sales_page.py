"""What was sold: a page of figures, charts and tables, and a card of today on the overview."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.admin.cards import Card, dashboard_card
from apps.common.admin.pages import StaffPage, staff_page
from apps.common.admin.ranges import RangeForm, presets, usual_range
from apps.common.clock import database_now
from apps.common.days import DayRange, day_of, operator_zone
from apps.concerts.models import Performance
from apps.payments.sales import HOURLY_DAYS, Bucket, Sales, get_sales

CHOICES = 200  # performances to choose from, those with the latest dates
MOST_DIGITS = 18  # of an id
SERIES = 4  # grades with a colour of their own; the others are drawn together


class SalesForm(RangeForm):
    """Which days, and of which performance of the house; of all of them where none is chosen."""

    performance = forms.ModelChoiceField(
        Performance.objects.none(),
        label=gettext_lazy("Performance"),
        required=False,
        empty_label=gettext_lazy("All performances"),
    )

    field_order = ("performance", "from", "to")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        performances = Performance.objects.of_the_house().select_related("concert", "venue")
        field = self.fields["performance"]
        field.queryset = performances.order_by("-starts_at", "-pk")  # type: ignore[attr-defined]
        chosen = str(self.data.get("performance", ""))[:MOST_DIGITS]
        latest = list(performances[:CHOICES])
        if chosen.isascii() and chosen.isdigit() and int(chosen) not in {one.pk for one in latest}:
            latest += performances.filter(pk=chosen)
        field.choices = [("", field.empty_label), *((one.pk, str(one)) for one in latest)]  # type: ignore[attr-defined]
        self.order_fields(self.field_order)


@staff_page
class SalesPage(StaffPage):
    path = "sales/"
    name = "sales"
    title = gettext_lazy("Sales figures")
    permissions = ("orders.view_order", "payments.view_payment")
    template_name = "admin/payments/sales.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = SalesForm(self.request.GET)
        is_valid = form.is_valid()
        days = form.cleaned_data["days"] if is_valid else usual_range()
        performance = form.cleaned_data.get("performance")
        sales = get_sales(days, performance=performance)
        by_hour = len(days) <= HOURLY_DAYS
        context = {
            "form": form,
            "days": days,
            "first_shown": days.first.isoformat(),
            "last_shown": days.last.isoformat(),
            "presets": presets(days, keep={"performance": performance.pk if performance else ""}),
            "performance": performance,
            "sales": sales,
            "by_hour": by_hour,
            "bucket_rows": [(bucket_name(bucket, by_hour=by_hour), bucket) for bucket in sales.buckets if bucket.sold],
            "hour_rows": [(f"{hour:02}:00", sold) for hour, sold in enumerate(sales.by_hour_of_day) if sold],
            "charts": charts_of(sales, by_hour=by_hour),
        }
        return {**context, **super().get_context_data(**kwargs)}


def bucket_name(bucket: Bucket, *, by_hour: bool) -> str:
    """Say when a bucket begins, in the operator's zone."""
    here = bucket.start.astimezone(operator_zone())
    return date_format(here, "m-d H:i") if by_hour else date_format(here, "m-d")


def charts_of(sales: Sales, *, by_hour: bool) -> dict[str, Any]:
    """What static/common/admin/draw-charts.js draws; the tables beside it say the same."""
    names = [grade.name for grade in sales.grades[:SERIES]]
    series = [{"label": name, "data": [one.by_grade.get(name, 0) for one in sales.buckets]} for name in names]
    others = {grade.name for grade in sales.grades[SERIES:]}
    if others:
        rest = [sum(one.by_grade.get(name, 0) for name in others) for one in sales.buckets]
        series.append({"label": _("others"), "data": rest, "color": "--quiet"})
    return {
        "over-time": {
            "type": "bar",
            "labels": [bucket_name(one, by_hour=by_hour) for one in sales.buckets],
            "series": series,
            "isStacked": True,
        },
        "hour-of-day": {
            "type": "bar",
            "labels": [f"{hour:02}" for hour in range(24)],
            "series": [{"label": _("tickets"), "data": sales.by_hour_of_day}],
        },
    }


@dashboard_card(permission="payments.view_payment", position=20)
def sold_today(request: HttpRequest) -> Card | None:
    """Today's sales, for those who may see the page of them."""
    if not request.user.has_perms(SalesPage.permissions):
        return None
    today = day_of(database_now())
    sales = get_sales(DayRange(today, today))
    return Card(
        title=_("Sold today"),
        template="admin/payments/card_sales.html",
        context={"sales": sales},
        link=f"{reverse('admin:sales')}?from={today}&to={today}",
    )
