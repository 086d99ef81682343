"""The page's figures of sales as a file: one table as CSV, or all of them as XLSX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.admin.pages import StaffPage, staff_page
from apps.common.admin.tables import Table, csv_response, xlsx_response
from apps.common.days import operator_zone
from apps.payments.admin.sales_page import SalesForm, SalesPage
from apps.payments.sales import Sales, get_sales


@staff_page
class SalesExport(StaffPage):
    path = "sales/export/"
    name = "sales-export"
    title = gettext_lazy("Sales figures")
    permissions = SalesPage.permissions

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        form = SalesForm(request.GET)
        if not form.is_valid():
            raise Http404
        days, performance = form.cleaned_data["days"], form.cleaned_data["performance"]
        sales = get_sales(days, performance=performance)
        filename = f"sales_{days.first}_{days.last}" + (f"_{performance.pk}" if performance else "")
        if request.GET.get("format") == "xlsx":
            return xlsx_response((make(sales) for make in TABLES.values()), filename=f"{filename}.xlsx")
        chosen = request.GET.get("table", "times")
        if request.GET.get("format") != "csv" or chosen not in TABLES:
            raise Http404
        return csv_response(TABLES[chosen](sales), filename=f"{filename}_{chosen}.csv")


def times_table(sales: Sales) -> Table:
    """Tickets of each hour or day by grade, in the operator's zone."""
    names = [grade.name for grade in sales.grades]
    zone = operator_zone()
    rows = (
        [
            bucket.start.astimezone(zone).replace(tzinfo=None),
            *(bucket.by_grade.get(name, 0) for name in names),
            bucket.sold,
            bucket.sold_krw,
        ]
        for bucket in sales.buckets
    )
    return Table(_("Sold over time"), [_("From"), *names, _("Tickets"), _("Price (KRW)")], rows)


def grades_table(sales: Sales) -> Table:
    rows = ([grade.name, grade.sold, grade.sold_krw, grade.cancelled] for grade in sales.grades)
    headings = [_("Grade"), _("Tickets sold"), _("Price (KRW)"), _("Tickets cancelled")]
    return Table(_("Grades"), headings, rows)


def performances_table(sales: Sales) -> Table:
    rows = (
        [
            one.performance.pk,
            one.performance.concert.title,
            one.performance.starts_there.replace(tzinfo=None),
            one.performance.venue.name,
            one.sold,
            one.sold_krw,
            one.seats.left,
            one.seats.for_sale,
        ]
        for one in sales.top
    )
    headings = [
        _("No."), _("Title"), _("Starts"), _("Hall"), _("Tickets"), _("Price (KRW)"), _("Seats left"),
        _("Seats for sale"),
    ]  # fmt: skip
    return Table(_("Performances"), headings, rows)


def totals_table(sales: Sales) -> Table:
    totals, funnel = sales.totals, sales.funnel
    rows = [
        [_("Revenue (KRW)"), totals.revenue_krw],
        [_("Paid (KRW)"), totals.paid_krw],
        [_("Refunded (KRW)"), totals.refunded_krw],
        [_("Fees kept (KRW)"), totals.fees_krw],
        [_("Tickets sold"), totals.sold],
        [_("Tickets cancelled"), totals.cancelled],
        [_("Orders placed"), funnel.placed],
        [_("Holds"), funnel.held],
        [_("Holds that were paid"), funnel.paid],
    ]
    return Table(_("Totals"), [_("Figure"), _("Number")], rows)


TABLES: dict[str, Callable[[Sales], Table]] = {
    "totals": totals_table,
    "times": times_table,
    "grades": grades_table,
    "performances": performances_table,
}
