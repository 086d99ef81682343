from django.apps import AppConfig
from prometheus_client import REGISTRY


class StompConfig(AppConfig):
    name = "apps.stomp"
    label = "stomp"

    def ready(self) -> None:
        from apps.stomp.metrics import TalkCollector

        REGISTRY.register(TalkCollector())
