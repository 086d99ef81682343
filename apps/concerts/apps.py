from django.apps import AppConfig


class ConcertsConfig(AppConfig):
    name = "apps.concerts"
    label = "concerts"

    def ready(self) -> None:
        """Register the outbox handlers, which the relay in the worker needs too."""
        from apps.concerts.services import block_seats, share_sale_settings  # noqa: F401
