from django.urls import path

from apps.payments.api.views import CancelView, ConfirmView, TossWebhookView

urlpatterns = [
    path("api/payments/confirm", ConfirmView.as_view(), name="payment-confirm"),
    path("api/payments/webhooks/toss", TossWebhookView.as_view(), name="toss-webhook"),
    path("api/orders/<str:order_id>/cancel", CancelView.as_view(), name="order-cancel"),
]
