from django.apps import AppConfig
from prometheus_client import REGISTRY

from apps.common.fastlane.metrics import AnswersCollector
from apps.common.sockets.metrics import SocketsCollector


class CommonConfig(AppConfig):
    name = "apps.common"
    label = "common"

    def ready(self) -> None:
        REGISTRY.register(AnswersCollector())
        REGISTRY.register(SocketsCollector())
