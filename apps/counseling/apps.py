from django.apps import AppConfig


class CounselingConfig(AppConfig):
    name = "apps.counseling"
    label = "counseling"

    def ready(self) -> None:
        """Let the outbox know what is done here after a commit."""
        from apps.counseling.services import (  # noqa: F401
            end_session,
            inquiries,
            leave_line,
            mark_kpis,
            request_session,
            return_to_line,
            transfer_session,
        )
