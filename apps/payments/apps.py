from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    name = "apps.payments"
    label = "payments"
    verbose_name = _("Payments")

    def ready(self) -> None:
        """Let an order's timeline, its reasons and the audit know what payments add; import the payment providers.

        Mails are work of the outbox, which finds them by name.
        """
        from apps.payments import reasons, timeline  # noqa: F401
        from apps.payments.calling_off import audit_source  # noqa: F401
        from apps.payments.gateway.registry import load_providers
        from apps.payments.services import mail_account  # noqa: F401

        load_providers()
