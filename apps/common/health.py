"""Whether the process is alive, whether it can serve, and what it counts."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from redis.exceptions import RedisError

from apps.common.redis import sync_redis

LAST_TICK_KEY = "ticketlive:last_tick"
OLDEST_TICK_SECONDS = 10


def record_tick() -> None:
    """Note that the worker's tick has run; `/readyz` reads it."""
    client = sync_redis()
    client.set(LAST_TICK_KEY, client.time()[0])


@require_safe
def alive(_request: HttpRequest) -> HttpResponse:
    """Answer 200 as long as the process answers at all."""
    return JsonResponse({"status": "alive"})


@require_safe
def ready(_request: HttpRequest) -> HttpResponse:
    """Answer 200 when the database, Redis and the worker are there, 503 with what is missing otherwise."""
    checks = {"database": _database(), "redis": _redis(), "worker": _worker()}
    is_ready = all(state == "ok" for state in checks.values())
    answer = JsonResponse(
        {"status": "ready" if is_ready else "not_ready", "checks": checks}, status=200 if is_ready else 503
    )
    if not is_ready:
        answer["Retry-After"] = "1"
    return answer


@require_safe
def metrics(_request: HttpRequest) -> HttpResponse:
    """Answer this process's figures in Prometheus' text format."""
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception as error:  # noqa: BLE001 - whatever is wrong, the answer is that it is not ready
        return type(error).__name__
    return "ok"


def _redis() -> str:
    try:
        sync_redis().ping()
    except RedisError as error:
        return type(error).__name__
    return "ok"


def _worker() -> str:
    try:
        client = sync_redis()
        last = client.get(LAST_TICK_KEY)
        age = client.time()[0] - int(last) if last else None
    except RedisError as error:
        return type(error).__name__
    if age is None:
        return "no tick yet"
    return "ok" if age <= OLDEST_TICK_SECONDS else f"last tick {age} s ago"
