"""What a SEND does."""

from __future__ import annotations

from apps.common import errors
from apps.stomp.destinations import Client, Destination, SendRequest
from apps.stomp.protocol.events import Send
from apps.stomp.server import StompServer


async def deliver(server: StompServer, client: Client, send: Send) -> None:
    """Let one SEND take effect, or raise why it does not."""
    opened = server.open_destinations
    if opened is not None and opened.has(send.destination):
        opened.send(send.destination, send.headers, send.body)
        return
    destination, request = _request(server, client, send)
    assert destination.send is not None  # noqa: S101 - `_request` has looked
    await destination.send(request)


def _request(server: StompServer, client: Client, send: Send) -> tuple[Destination, SendRequest]:
    destination, params = server.destinations.find(send.destination)
    if destination.send is None:
        raise errors.PermissionRefused(f"Nobody sends to {send.destination[:80]}")
    return destination, SendRequest(client, send.destination, params, send.headers, send.body)
