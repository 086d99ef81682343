from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    label = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        """Let the outbox know what is done here after a commit, and the audit what the admin keeps."""
        from apps.accounts import audit_source, ended_logins  # noqa: F401
