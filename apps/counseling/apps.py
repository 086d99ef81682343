from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CounselingConfig(AppConfig):
    name = "apps.counseling"
    label = "counseling"
    verbose_name = _("Support")

    def ready(self) -> None:
        """Let the outbox know what is done here after a commit, and timelines and audit what is added here."""
        from apps.counseling import timeline  # noqa: F401
        from apps.counseling.services import (  # noqa: F401
            end_session,
            inquiries,
            leave_line,
            mark_kpis,
            request_session,
            return_to_line,
            transfer_session,
        )
