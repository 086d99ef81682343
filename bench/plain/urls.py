from django.urls import path

from bench.plain.views import PlaceOrder

urlpatterns = [path("api/orders", PlaceOrder.as_view())]
