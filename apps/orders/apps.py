from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "apps.orders"
    label = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        """Let the outbox know what is done here after a commit, and Prometheus what the seats' sweep has found."""
        from prometheus_client import REGISTRY

        from apps.orders.metrics import SeatSweepCollector
        from apps.orders.services import release_order, send_tickets  # noqa: F401
        from apps.orders.services.moving import carry_out_move, tell_moved  # noqa: F401

        REGISTRY.register(SeatSweepCollector())
