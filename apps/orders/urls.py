"""What Django answers about orders; placing and reserving are on the fast lane (`fast.py`)."""

from django.urls import path

from apps.orders.api.views import OrderViewSet
from apps.orders.pages import tickets
from apps.orders.pages.my import my_orders, my_page

urlpatterns = [
    path("my/", my_page, name="my-page"),
    path("my/orders/", my_orders, name="my-orders"),
    path("api/orders", OrderViewSet.as_view({"get": "list"}), name="order-list"),
    path(
        "api/orders/<str:pk>", OrderViewSet.as_view({"get": "retrieve", "patch": "partial_update"}), name="order-detail"
    ),
    path("orders/<str:order_id>/print/", tickets.order_print, name="order-print"),
    path("orders/<str:order_id>/calendar.ics", tickets.order_calendar, name="order-calendar"),
    path("tickets/<str:code>/qr.svg", tickets.ticket_qr, name="ticket-qr"),
]
