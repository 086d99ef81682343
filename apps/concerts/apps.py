from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConcertsConfig(AppConfig):
    name = "apps.concerts"
    label = "concerts"
    verbose_name = _("Catalogue")

    def ready(self) -> None:
        """Register the outbox handlers, which the relay in the worker needs too, what the audit shows, the preview, and
        what is done at a new server of Redis.
        """
        from apps.concerts import audit_source  # noqa: F401
        from apps.concerts.pages import preview  # noqa: F401
        from apps.concerts.seat_states import other_servers  # noqa: F401
        from apps.concerts.services import block_seats, share_sale_settings  # noqa: F401
