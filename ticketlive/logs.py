"""What goes to the console. Refusals are counted (/metrics), not logged one by one."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any


def logging_of(level: str) -> dict[str, Any]:
    """Return Python's logging configuration, from this level on."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
        "filters": {
            # A 503 tells the client to come back; in a crowd its log lines would cost more than its answers.
            "not_503": {
                "()": "django.utils.log.CallbackFilter",
                "callback": lambda record: getattr(record, "status_code", None) != HTTPStatus.SERVICE_UNAVAILABLE,
            },
            "not_each_websocket": {
                "()": "django.utils.log.CallbackFilter",
                "callback": lambda record: "WebSocket" not in str(record.msg),
            },
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": "INFO"},
            "django.request": {"level": "ERROR", "filters": ["not_503"]},
            "celery.app.trace": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "uvicorn.error": {"filters": ["not_each_websocket"]},
            "httpx": {"level": "WARNING"},
            "redis_lock": {"level": "WARNING"},
        },
    }
