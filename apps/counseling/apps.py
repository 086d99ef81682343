from django.apps import AppConfig


class CounselingConfig(AppConfig):
    name = "apps.counseling"
    label = "counseling"
