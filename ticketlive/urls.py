"""Every address that Django answers; the fast lane's are in each app's `fast.py`."""

from django.contrib import admin
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from apps.common.drf import no_such_address

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("", include("apps.common.urls")),
    path("", include("apps.accounts.urls")),
    path("", include("apps.concerts.urls")),
    path("", include("apps.orders.urls")),
    path("", include("apps.payments.urls")),
    path("", include("apps.counseling.urls")),
    re_path(r"^api/", no_such_address),
]
