"""What a SEND does: alone, or with the others of its transaction."""

from __future__ import annotations

from collections.abc import Sequence

from apps.common import errors
from apps.stomp.destinations import Client, Destination, NotInTransaction, SendRequest, SendTogether
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


async def deliver_together(server: StompServer, client: Client, sends: Sequence[Send]) -> None:
    """Let all SENDs of a transaction take effect, or none, and raise why.

    A single one is whole by itself. Of several, those to destinations that take some at once go there in one call,
    and have to be of one kind; what goes to open destinations cannot fail, and goes last, in one turn.
    """
    if len(sends) == 1:
        await deliver(server, client, sends[0])
        return
    opened = server.open_destinations
    last = [send for send in sends if opened is not None and opened.has(send.destination)]
    first = [_request(server, client, send) for send in sends if opened is None or not opened.has(send.destination)]
    if first:
        await _taker({destination.send_together for destination, _ in first})([request for _, request in first])
    for send in last:
        assert opened is not None  # noqa: S101 - otherwise there is none
        opened.send(send.destination, send.headers, send.body)


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
