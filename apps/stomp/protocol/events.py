"""What a client asks for, in the order it asked."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from apps.stomp.protocol.errors import ProtocolError

AckMode = Literal["auto", "client", "client-individual"]


class Event(msgspec.Struct, frozen=True, gc=False):
    """`receipt` is to be answered once the request is done; None where none was asked for."""

    receipt: str | None = None


class ConnectRequested(Event, frozen=True, gc=False, kw_only=True):
    """The first frame. The version is agreed on; the server accepts, or says why not."""

    headers: dict[str, str]


class Send(Event, frozen=True, gc=False, kw_only=True):
    """A message for a destination."""

    destination: str
    headers: dict[str, str]
    body: bytes


class Subscribe(Event, frozen=True, gc=False, kw_only=True):
    """The session knows the subscription by now; whoever refuses it ends the connection."""

    id: str
    destination: str
    headers: dict[str, str]
    ack: AckMode


class Unsubscribe(Event, frozen=True, gc=False, kw_only=True):
    """Nothing is delivered to it any more. `returned` has what it left unacknowledged."""

    id: str
    destination: str
    returned: tuple[Delivery, ...] = ()


class Delivery(msgspec.Struct, frozen=True, gc=False):
    """A message that waits for its acknowledgement. `handle` is the server's own, as it gave it."""

    ack_id: str
    message_id: str
    subscription_id: str
    handle: Any


class Ack(Event, frozen=True, gc=False, kw_only=True):
    """These messages were dealt with."""

    deliveries: tuple[Delivery, ...]


class Nack(Event, frozen=True, gc=False, kw_only=True):
    """These messages were not."""

    deliveries: tuple[Delivery, ...]


class Committed(Event, frozen=True, gc=False, kw_only=True):
    """A transaction: all that it has takes effect, in order, or nothing does (`ServerSession.take_back`).

    `receipts` are those that its frames asked for: they are answered before its own, once all has taken effect.
    """

    events: tuple[Send | Ack | Nack, ...]
    receipts: tuple[str, ...] = ()


class Noted(Event, frozen=True, gc=False):
    """Nothing to do but to answer the receipt of BEGIN or ABORT; a frame that waits for its COMMIT has none yet."""


class Disconnected(Event, frozen=True, gc=False):
    """The client says good-bye."""


class Broken(Event, frozen=True, gc=False, kw_only=True):
    """The client broke the protocol: it is told why, and the connection ends. Nothing comes after it."""

    error: ProtocolError


AnyEvent = ConnectRequested | Send | Subscribe | Unsubscribe | Ack | Nack | Committed | Noted | Disconnected | Broken
