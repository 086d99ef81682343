"""What a SEND does: alone, or with the others of its transaction."""

from __future__ import annotations

from collections.abc import Sequence

from apps.common import errors
from apps.stomp.destinations import Client, Destination, NotInTransaction, SendRequest, SendTogether
from apps.stomp.protocol.events import Send
from apps.stomp.server import StompServer


async def deliver(server: StompServer, client: Client, send: Send) -> None:
    """Let one SEND take effect, or raise why it does not."""
    destination, request = _request(server, client, send)
    assert destination.send is not None  # noqa: S101 - `_request` has looked
    await destination.send(request)


async def deliver_together(server: StompServer, client: Client, sends: Sequence[Send]) -> None:
    """Let all SENDs of a transaction take effect, or none, and raise why.

    A single one is whole by itself. Several go in one call to a destination that takes some at once, and have to be
    of one kind.
    """
    if len(sends) == 1:
        await deliver(server, client, sends[0])
        return
    requests = [_request(server, client, send) for send in sends]
    await _taker({destination.send_together for destination, _ in requests})([request for _, request in requests])


def _taker(kinds: set[SendTogether | None]) -> SendTogether:
    """Return the one that takes all SENDs, or raise NotInTransaction."""
    taker = next(iter(kinds))
    if taker is None or len(kinds) > 1:
        raise NotInTransaction("A transaction holds SENDs of which all or none can take effect: messages, for one.")
    return taker


def _request(server: StompServer, client: Client, send: Send) -> tuple[Destination, SendRequest]:
    destination, params = server.destinations.find(send.destination)
    if destination.send is None:
        raise errors.PermissionRefused(f"Nobody sends to {send.destination[:80]}")
    return destination, SendRequest(client, send.destination, params, send.headers, send.body)
