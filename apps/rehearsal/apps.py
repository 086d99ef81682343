from django.apps import AppConfig


class RehearsalConfig(AppConfig):
    """Plays the crowd against a running platform, and audits what it left behind."""

    name = "apps.rehearsal"
    label = "rehearsal"
