"""What Django answers about orders; placing and reserving are on the fast lane (`fast.py`)."""

from django.urls import path

from apps.orders.api.views import OrderViewSet

urlpatterns = [
    path("api/orders", OrderViewSet.as_view({"get": "list"}), name="order-list"),
    path(
        "api/orders/<str:pk>", OrderViewSet.as_view({"get": "retrieve", "patch": "partial_update"}), name="order-detail"
    ),
]
