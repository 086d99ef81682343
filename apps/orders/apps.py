from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "apps.orders"
    label = "orders"

    def ready(self) -> None:
        """Let the outbox know what is done here after a commit."""
        from apps.orders.services import release_order, send_tickets  # noqa: F401
