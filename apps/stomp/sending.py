"""What a SEND does: alone, or with the others of its transaction. Who may is told before what is wrong with a body."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from apps.common import errors
from apps.stomp.destinations import Client, Destination, NotInTransaction, SendRequest, SendTogether
from apps.stomp.protocol.events import Send
from apps.stomp.server import StompServer

OF_THE_BODY = (errors.MalformedBody, errors.ValidationFailed, NotInTransaction)
"""The refusals that say something of a body: only those who may send there are told them."""


async def deliver(server: StompServer, client: Client, send: Send) -> None:
    """Let one SEND take effect, or raise why it does not."""
    destination, request = _request(server, client, send)
    assert destination.send is not None  # noqa: S101 - `_request` has looked
    try:
        await destination.send(request)
    except OF_THE_BODY:
        await _require_senders([(destination, request)])
        raise


async def deliver_together(server: StompServer, client: Client, sends: Sequence[Send]) -> None:
    """Let all SENDs of a transaction take effect, or none, and raise why.

    A single one is whole by itself. Several go in one call to a destination that takes some at once, and have to be
    of one kind.
    """
    if len(sends) == 1:
        await deliver(server, client, sends[0])
        return
    asked = [_request(server, client, send) for send in sends]
    try:
        await _taker({destination.send_together for destination, _ in asked})([request for _, request in asked])
    except OF_THE_BODY:
        await _require_senders(asked)
        raise


async def _require_senders(asked: Iterable[tuple[Destination, SendRequest]]) -> None:
    """Raise what a stranger at one of the destinations is told in the place of what is wrong with a body.

    A right body costs no question: its handler decides who may where it takes effect.
    """
    for destination, request in {
        request.destination: (destination, request) for destination, request in asked
    }.values():
        assert destination.may_send is not None  # noqa: S101 - none that takes SENDs is without
        await destination.may_send(request.client, request.params)


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
