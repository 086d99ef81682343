"""Every address that Django answers; the fast lane's are in each app's `fast.py`."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.i18n import set_language
from drf_spectacular.views import SpectacularSwaggerSplitView

from apps.common.http.drf import no_such_address
from apps.common.openapi.document import ApiDocumentView
from apps.common.pages.javascript_catalog import javascript_catalog
from ticketlive.entries import Address, served

addresses: list[Address] = [
    path("admin/", admin.site.urls),
    path("api/schema", ApiDocumentView.as_view(), name="schema"),
    path("api/docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("i18n/setlang/", set_language, name="set_language"),
    path("jsi18n/<str:language>.js", javascript_catalog, {"domain": "djangojs"}, name="javascript-catalog"),
    path("jsi18n/desk/<str:language>.js", javascript_catalog, {"domain": "deskjs"}, name="desk-catalog"),
    path("", include("apps.common.urls")),
    path("", include("apps.accounts.urls")),
    path("", include("apps.concerts.urls")),
    path("", include("apps.orders.urls")),
    path("", include("apps.payments.urls")),
    path("", include("apps.counseling.urls")),
    re_path(r"^api/", no_such_address),
]
urlpatterns = served(addresses, settings.ENTRIES)
handler500 = "apps.common.pages.unavailable.failed"
