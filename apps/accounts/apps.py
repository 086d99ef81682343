from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Let the outbox know what is done here after a commit, and the audit what the admin keeps."""
        from apps.accounts import audit, ended_logins  # noqa: F401
