"""One ASGI process: the fast lane, the WebSockets, and Django's WSGI application for everything else.

Django's WSGI handler in a pool of threads serves four times what its ASGI handler does
(docs/decisions/0001-two-lanes-in-one-process.md).
"""

import asyncio
import gc
import logging
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ticketlive.settings")

from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.urls import path, re_path

from apps.common.http.requests import make_django_application

django_application = make_django_application()

from apps.common.database.finished_work import close_forgetting
from apps.common.database.threads import in_database_thread
from apps.common.event_loop.watchdog import start_watchdog, stop_watchdog
from apps.common.fastlane import FastLane
from apps.common.redis import pipelined_redis
from apps.common.redis.new_servers import rebuilds
from apps.common.sockets.guard import guard
from apps.concerts.waiting_room.kept_positions import close_kept_positions
from apps.counseling.services.send_message import close_talk
from apps.orders.fast import close_writers
from apps.orders.services.rebuild_seat_state import ensure_seat_states
from apps.payments.fast import close_payments
from apps.payments.gateway.provider import close_async_gateways
from apps.stomp.consumer import StompConsumer
from apps.stomp.hub import current_hub
from apps.stomp.sockjs.http import SockJSApplication
from apps.stomp.sockjs.websocket import SockJSConsumer
from ticketlive.django_lane import django_lane
from ticketlive.fast_lane import fast_lane_routes
from ticketlive.stomp import stomp_server

OBJECTS_BETWEEN_COLLECTIONS = 50_000
SEATS_BACK_SECONDS = 10  # then a process that starts answers without them
SWITCH_SECONDS = 0.005  # how long a busy thread keeps the event loop waiting, or the event loop a thread

logger = logging.getLogger(__name__)


async def refuse_websocket(_scope: Any, receive: Any, send: Any) -> None:
    """Close before the handshake (403): this address does not speak WebSocket."""
    await receive()
    await send({"type": "websocket.close"})


async def close_redis() -> None:
    """Give up the event loop's connections."""
    await current_hub().aclose()
    await pipelined_redis().aclose()


async def tune_interpreter() -> None:
    """Fit CPython to many small requests beside some threads of Django's.

    What lives as long as the process is out of the garbage collector's sight, and what a request leaves behind is
    freed by its reference counts: a hundred requests under way would otherwise set the collector off two hundred
    times a second, for a tenth of the process's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, 10, 10)
    sys.setswitchinterval(SWITCH_SECONDS)


async def bring_seats_back() -> None:
    """Rebuild the seats of a Redis that is another server, now before anybody is answered, and whenever one comes back.

    The worker does so too; but whoever looks first after a restart is not to be told to come back.
    """
    rebuilds(ensure_seat_states)
    try:
        async with asyncio.timeout(SEATS_BACK_SECONDS):
            await in_database_thread(ensure_seat_states)
    except Exception:
        logger.warning("seats are left to the worker: they could not be brought back at the start", exc_info=True)


stomp = stomp_server()
stomp_sockets: list[Any] = [
    path("ws", StompConsumer.as_asgi(server=stomp)),
    path("ws/connect/websocket", StompConsumer.as_asgi(server=stomp)),
    re_path(r"^ws/connect/[^/.]+/[^/.]+/websocket$", SockJSConsumer.as_asgi(server=stomp)),
]
sockjs_sessions = SockJSApplication(stomp)
guard.at_the_end(sockjs_sessions.end)
sockjs: list[Any] = [re_path(r"^ws/connect(?:/|$)", sockjs_sessions)]  # type: ignore[arg-type]
if "api" not in settings.ENTRIES:
    stomp_sockets, sockjs = [], []
# Channels routes ASGI applications, not views.
websockets = URLRouter([*stomp_sockets, re_path("", refuse_websocket)])  # type: ignore[arg-type]
http = URLRouter([*sockjs, re_path("", django_lane(django_application))])  # type: ignore[arg-type]
application = FastLane(
    fast_lane_routes(),
    fallback=ProtocolTypeRouter({"http": http, "websocket": websockets}),
    on_startup=[start_watchdog, tune_interpreter, bring_seats_back],
    on_shutdown=[
        stop_watchdog,
        close_payments,
        close_writers,
        close_forgetting,
        close_talk,
        close_kept_positions,
        close_async_gateways,
        close_redis,
    ],
)
