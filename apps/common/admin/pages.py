"""Pages of the admin that are not a model's: dashboards and controls.

    @staff_page
    class SalesPage(StaffPage):
        path = "sales/"
        name = "sales"                       # reverse("admin:sales")
        title = _("Sales")
        permissions = ("orders.view_order",)
        template_name = "admin/orders/sales.html"

Its template extends "admin/staff_page.html". An app's `admin` module is imported when the site starts, which
is when its pages are known; the site adds them to its addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.views.generic import TemplateView

from apps.common.admin.base import require

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Crumb = tuple["StrOrPromise", str]
"""What leads to a page: a title and an address."""


class StaffPage(TemplateView):
    """A page for members of staff who have all of its `permissions`; others get 403, strangers the log-in."""

    path: ClassVar[str]
    name: ClassVar[str]
    title: ClassVar[StrOrPromise]
    permissions: ClassVar[Sequence[str]] = ()
    admin_site: AdminSite | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        require(request, *self.permissions)
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> StrOrPromise:
        """The heading, which may name what the page is about."""
        return self.title

    def get_breadcrumbs(self) -> list[Crumb]:
        """What is above the page, outermost first."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        site = self.admin_site
        return {
            **(site.each_context(self.request) if site else {}),
            "title": self.get_title(),
            "breadcrumbs": self.get_breadcrumbs(),
            **super().get_context_data(**kwargs),
        }


Page = TypeVar("Page", bound=type[StaffPage])
_pages: dict[str, type[StaffPage]] = {}


def staff_page(page: Page) -> Page:
    """Give a page its address under the admin's."""
    _pages[page.name] = page
    return page


def staff_page_urls(site: AdminSite, wrap: Callable[[Any], Any]) -> list[URLPattern]:
    """The addresses of all pages, for the site that shows them; `wrap` is its `admin_view`."""
    return [path(page.path, wrap(page.as_view(admin_site=site)), name=name) for name, page in _pages.items()]
