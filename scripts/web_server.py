"""How uvicorn serves the platform, wherever it is started from Python.

deploy/systemd/ticketlive-web@.service and the Dockerfile say the same; tests/unit/scripts/test_web_server.py
holds them to it.
"""

from apps.common.limits import WEBSOCKET_MESSAGE_BYTES

UVICORN_OPTIONS = (
    "--loop", "apps.common.sockets.listeners:EventLoop",
    "--backlog", "4096",  # as much as Linux allows; it keeps a crowd that comes in one second
    "--http", "apps.common.sockets.protocols:HTTPConnection",
    "--ws", "apps.common.sockets.protocols:WebSocketConnection",
    "--ws-per-message-deflate", "false",  # messages are small, and compression has a window for each connection
    "--ws-max-size", str(WEBSOCKET_MESSAGE_BYTES),
    "--ws-ping-interval", "10",  # with the next, a half-open socket is found within 20 s
    "--ws-ping-timeout", "10",
    "--no-access-log",
    "--no-proxy-headers",
    "--no-server-header",
    "--timeout-keep-alive", "75",  # longer than clients and proxies keep an idle connection
)  # fmt: skip
