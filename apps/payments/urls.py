from django.urls import path

from apps.payments.api.views import CancelView, ConfirmView, RefundAccountView, WebhookView
from apps.payments.gateway.registry import webhook_readers
from apps.payments.pages.cancel import order_cancel_page
from apps.payments.pages.checkout import checkout
from apps.payments.pages.order import order_page
from apps.payments.pages.payment_return import payment_fail, payment_success

urlpatterns = [
    path("api/payments/confirm", ConfirmView.as_view(), name="payment-confirm"),
    *(
        path(f"api/payments/webhooks/{name}", WebhookView.as_view(provider=name), name=f"{name}-webhook")
        for name in webhook_readers()
    ),
    path("api/orders/<str:order_id>/cancel", CancelView.as_view(), name="order-cancel"),
    path(
        "api/orders/<str:order_id>/refunds/<int:number>/account",
        RefundAccountView.as_view(),
        name="order-refund-account",
    ),
    path("orders/<str:order_id>/", order_page, name="order-page"),
    path("orders/<str:order_id>/checkout/", checkout, name="checkout"),
    path("orders/<str:order_id>/payment/success/", payment_success, name="payment-success"),
    path("orders/<str:order_id>/payment/fail/", payment_fail, name="payment-fail"),
    path("orders/<str:order_id>/cancel/", order_cancel_page, name="order-cancel-page"),
]
