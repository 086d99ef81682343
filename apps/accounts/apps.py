from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Let the outbox know what is done here after a commit."""
        from apps.accounts import ended_logins  # noqa: F401
