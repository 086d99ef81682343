"""Where clients send to and subscribe: a table of destinations, each with who may and what it does.

    DESTINATIONS = [
        Destination("/sub/session/{session_id:int}", subscribe=hear_session),
        Destination("/pub/session/{session_id:int}", send=speak, may_send=require_writer),
    ]

A handler refuses by raising a DomainError. `ticketlive/stomp.py` puts the tables of the apps together.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import msgspec

from apps.common import errors
from apps.common.fastlane import Claims
from apps.common.fastlane.requests import validation_failed
from apps.common.path_patterns import PathTable
from apps.stomp.hub import Published
from apps.stomp.hub.published import Reader

MAX_DESTINATION = 200  # characters; none is that long

Body = TypeVar("Body")


class UnknownDestination(errors.DomainError):
    code = "unknown_destination"
    status = 404
    title = "There is no such destination"


class NotInTransaction(errors.DomainError):
    """What is asked for could not be undone if the rest of its transaction were refused."""

    code = "not_in_transaction"
    status = 409
    title = "That takes no part in a transaction: send it by itself"


@dataclass(frozen=True, slots=True)
class Client:
    """Who is at the other end. `connection_id` is this connection's alone."""

    user: Claims
    connection_id: str


@dataclass(frozen=True, slots=True)
class SendRequest:
    """A SEND. Its RECEIPT goes out when the handler has returned: its effect is durable by then."""

    client: Client
    destination: str
    params: Mapping[str, Any]
    headers: Mapping[str, str]
    body: bytes

    def read(self, kind: type[Body]) -> Body:
        """Return the JSON body as a msgspec Struct; raise MalformedBody or ValidationFailed."""
        try:
            return msgspec.json.decode(self.body, type=kind)
        except msgspec.ValidationError as error:
            raise validation_failed(error) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise errors.MalformedBody from error


@dataclass(frozen=True, slots=True)
class SubscribeRequest:
    """A SUBSCRIBE."""

    client: Client
    destination: str
    params: Mapping[str, Any]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Topic:
    """Everything that is published on a topic of the hub, from now on.

    Args:
        name: the topic. Each payload is the JSON body of a MESSAGE.
        first: a coroutine function that is called once the topic is heard, for MESSAGEs that go out first.
        left: called once when the subscription has ended, however that came.
    """

    name: str
    first: Callable[[], Awaitable[Sequence[bytes]]] | None = None
    left: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class NumberedTopic:
    """A topic whose payloads carry `seq`, and whose log can be read: nothing is lost, doubled or out of order.

    Args:
        name: the topic. Payloads without a `seq` go through as they come.
        cursor: the number that the client has seen last.
        read_after: returns (seq, payload) of what comes after a number, in order, some at a time.
    """

    name: str
    cursor: int
    read_after: Callable[[int], Awaitable[Sequence[tuple[int, bytes]]]]


class Listener(Protocol):
    """The subscription's end of a connection."""

    def hear(self, published: Published, *, read: Reader | None = None, handle: Returned | None = None) -> None:
        """Send it to the client; `read` takes headers and body out of its payload, which is the JSON body otherwise.

        `handle` is told where the client does not acknowledge the message: see `Returned`.
        """

    def give_up(self, error: errors.DomainError) -> None:
        """End the connection: something was lost that the client can get again by connecting anew."""


class Returned(Protocol):
    """A message that somebody has to have."""

    def give_back(self) -> None:
        """Take it back: it was refused, or the subscription ended before it was acknowledged."""


class Subscribed(Protocol):
    """What serves one subscription."""

    async def start(self) -> None:
        """Begin; if this fails, all is as if it had been stopped."""

    def stop(self) -> None:
        """End; a second time does nothing."""


Source = Callable[[Listener], Subscribed]  # what is heard at a destination that is no topic of the hub
Send = Callable[[SendRequest], Awaitable[None]]
MaySend = Callable[[Client, Mapping[str, Any]], Awaitable[None]]
SendTogether = Callable[[Sequence[SendRequest]], Awaitable[None]]
Subscribe = Callable[[SubscribeRequest], Awaitable[Topic | NumberedTopic | Source]]


@dataclass(frozen=True, slots=True)
class Destination:
    """A pattern of apps/common/path_patterns.py, such as `/sub/session/{session_id:int}`, and what can be done there.

    `may_send` says who may send here: it is given the client and the pattern's parameters, never the body, and raises
    what a stranger is told. Every destination with `send` has one. It is asked before a client is told that something
    is wrong with a body; the handler decides for itself where the body is right, in its own transaction.

    `send_together` takes the SENDs of one transaction: all of them take effect, or none does and it raises. Without
    it the destination takes no part in transactions of several SENDs.
    """

    pattern: str
    send: Send | None = None
    subscribe: Subscribe | None = None
    send_together: SendTogether | None = None
    may_send: MaySend | None = None

    def __post_init__(self) -> None:
        if self.send is not None and self.may_send is None:
            raise ValueError(f"{self.pattern} does not say who may send there")


class Destinations:
    """Finds the destination that a client means."""

    def __init__(self, table: Iterable[Destination]) -> None:
        self._table: PathTable[Destination] = PathTable(longest=MAX_DESTINATION)
        for destination in table:
            if self._table.setdefault(destination.pattern, destination) is not destination:
                raise ValueError(f"{destination.pattern} is in the table twice")

    def find(self, destination: str) -> tuple[Destination, Mapping[str, Any]]:
        """Return the destination and its parameters; raise UnknownDestination."""
        found = self._table.find(destination)
        if found is None or found.parameters is None:
            raise UnknownDestination(f"There is no destination {destination[:80]}")
        return found.entry, found.parameters
