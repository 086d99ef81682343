"""The server's side of one connection: which frame may come when, and what it means."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import ClassVar, get_args

from apps.stomp.protocol.acknowledgements import Acknowledgements, Subscription
from apps.stomp.protocol.decoder import Decoder, Frame
from apps.stomp.protocol.encoder import HEART_BEAT, MessageTemplate, encode
from apps.stomp.protocol.errors import ProtocolError
from apps.stomp.protocol.events import (
    Ack,
    AckMode,
    AnyEvent,
    Broken,
    Committed,
    ConnectRequested,
    Disconnected,
    Nack,
    Noted,
    Send,
    Subscribe,
    Unsubscribe,
)
from apps.stomp.protocol.limits import Limits
from apps.stomp.protocol.transactions import Transactions
from apps.stomp.protocol.versions import Version, negotiate

HEART_BEAT_HEADER = re.compile(r"^(\d{1,9}),(\d{1,9})$")
ACK_MODES = get_args(AckMode)

Wire = str | bytes


class ServerSession:
    """Bytes in, events out; and the frames that answer them.

    Args:
        limits: what one connection may ask for.
        heart_beat_floor_ms: the shortest period that is offered for heart-beats, either way.
    """

    def __init__(self, limits: Limits | None = None, *, heart_beat_floor_ms: int = 1_000) -> None:
        self._limits = limits or Limits()
        self._decoder = Decoder(self._limits)
        self._floor_ms = heart_beat_floor_ms
        self._acknowledgements = Acknowledgements(self._limits)
        self._transactions = Transactions(self._limits)
        self._closed = False
        self.send_every_ms = 0
        self.expect_every_ms = 0

    @property
    def version(self) -> Version:
        """The version that was agreed on; before that the one without escapes."""
        return self._decoder.version or "1.0"

    def is_over(self) -> bool:
        """Tell whether nothing more is taken: after good-bye, or after an ERROR."""
        return self._closed

    @property
    def subscriptions(self) -> dict[str, Subscription]:
        """What the client listens to, by id."""
        return self._acknowledgements.subscriptions

    def receive(self, data: Wire) -> Iterator[AnyEvent]:
        """Yield what `data` asks for, frame by frame. A breach of the protocol is the last event, `Broken`."""
        if self.is_over():
            return
        try:
            for frame in self._decoder.feed(data):
                try:
                    event = self._event(frame)
                except ProtocolError as error:
                    error.receipt_id = frame.headers.get("receipt")
                    raise
                yield event
                if self.is_over():
                    return
        except ProtocolError as error:
            self._closed = True
            yield Broken(error=error)

    def accept(self, *, session_id: str, user_name: str = "", server: str = "ticket-live") -> Wire:
        """Return the CONNECTED frame."""
        headers = [("version", self.version), ("session", session_id), ("server", server)]
        headers.append(("heart-beat", f"{self._floor_ms},{self._floor_ms}"))
        if user_name:
            headers.append(("user-name", user_name))
        return encode("CONNECTED", headers, version=self.version)

    def receipt(self, receipt_id: str) -> Wire:
        """Return the RECEIPT of a frame whose effect is there."""
        return encode("RECEIPT", [("receipt-id", receipt_id)], version=self.version)

    def error(
        self,
        message: str,
        body: bytes = b"",
        *,
        content_type: str = "text/plain",
        receipt_id: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Wire:
        """Return the ERROR frame after which the connection has to be closed; nothing more is taken."""
        self._closed = True
        lines = [("message", message), *headers]
        if receipt_id is not None:
            lines.append(("receipt-id", receipt_id))
        if body:
            lines.append(("content-type", content_type))
        return encode("ERROR", lines, body, version=self.version)

    def broken(self, error: ProtocolError) -> Wire:
        """Return the ERROR frame for a breach of the protocol."""
        headers = (("version", error.versions),) if error.versions else ()
        return self.error(error.message, error.detail.encode(), receipt_id=error.receipt_id, headers=headers)

    def message(self, template: MessageTemplate, subscription: Subscription, *, handle: object = None) -> Wire:
        """Return a MESSAGE for one subscription; where it acknowledges, the delivery is remembered with `handle`.

        Raises ProtocolError where too many wait for their acknowledgement.
        """
        if subscription.ack == "auto":
            return template.render(self.version, subscription.header)
        ack_id = self._acknowledgements.deliver(subscription, template.message_id, handle)
        ack_header = f"ack:{ack_id}\n" if self.version == "1.2" else ""
        return template.render(self.version, subscription.header + ack_header)

    def take_back(self, committed: Committed) -> None:
        """Let the messages that a transaction acknowledged wait again: nothing of it takes effect."""
        self._restore(committed.events)

    @staticmethod
    def heart_beat() -> Wire:
        """Return what shows that this side is alive."""
        return HEART_BEAT

    # What each command means

    def _event(self, frame: Frame) -> AnyEvent:
        handler = self._HANDLERS.get(frame.command)
        if handler is None:
            raise ProtocolError("unknown command", f"{frame.command[:40]!r} is no command of a client's")
        if self._decoder.version is None and handler is not ServerSession._connect:
            raise ProtocolError("not connected", "The first frame has to be CONNECT")
        if frame.body and frame.command != "SEND":
            raise ProtocolError("malformed frame", f"{frame.command} has no body")
        return handler(self, frame)

    def _connect(self, frame: Frame) -> AnyEvent:
        if self._decoder.version is not None:
            raise ProtocolError("already connected", "CONNECT comes once, at the beginning")
        if "receipt" in frame.headers:
            raise ProtocolError("malformed frame", "CONNECT is answered by CONNECTED, not by a receipt")
        version = negotiate(frame.headers.get("accept-version"))
        self._agree_on_heart_beats(frame.headers.get("heart-beat", "0,0"))
        self._decoder.version = version
        return ConnectRequested(headers=frame.headers)

    def _agree_on_heart_beats(self, header: str) -> None:
        """Take the larger of what one side can and the other wants; 0 on either side means none."""
        match = HEART_BEAT_HEADER.match(header)
        if match is None:
            raise ProtocolError("malformed frame", f"heart-beat is two numbers of milliseconds, not {header[:40]!r}")
        can_send, wants = int(match[1]), int(match[2])
        self.send_every_ms = max(self._floor_ms, wants) if wants else 0
        self.expect_every_ms = max(self._floor_ms, can_send) if can_send else 0

    def _send(self, frame: Frame) -> AnyEvent:
        headers = frame.headers
        destination = _required(frame, "destination")
        if "transaction" in headers:
            return self._transactions.keep(frame)
        return Send(headers.get("receipt"), destination=destination, headers=headers, body=frame.body)

    def _subscribe(self, frame: Frame) -> AnyEvent:
        headers = frame.headers
        destination = _required(frame, "destination")
        ack = headers.get("ack", "auto")
        if ack not in ACK_MODES:
            raise ProtocolError("unknown ack mode", f"ack is one of {', '.join(ACK_MODES)}, not {ack[:40]!r}")
        given = headers.get("id") if self.version == "1.0" else _required(frame, "id")
        subscription = self._acknowledgements.add(given, destination, ack, version=self.version)  # type: ignore[arg-type]
        return Subscribe(
            headers.get("receipt"),
            id=subscription.id,
            destination=destination,
            headers=headers,
            ack=subscription.ack,
        )

    def _unsubscribe(self, frame: Frame) -> AnyEvent:
        headers = frame.headers
        if self.version == "1.0" and "id" not in headers:
            subscription = self._acknowledgements.at(_required(frame, "destination"))
        else:
            subscription = self._acknowledgements.get(_required(frame, "id"))
        returned = self._acknowledgements.remove(subscription)
        return Unsubscribe(
            headers.get("receipt"), id=subscription.id, destination=subscription.destination, returned=returned
        )

    def _ack(self, frame: Frame) -> AnyEvent:
        if "transaction" in frame.headers:
            return self._transactions.keep(frame)
        deliveries = self._acknowledgements.settle(self._delivery_named(frame))
        return Ack(frame.headers.get("receipt"), deliveries=deliveries)

    def _nack(self, frame: Frame) -> AnyEvent:
        if self.version == "1.0":
            raise ProtocolError("unknown command", "STOMP 1.0 has no NACK")
        if "transaction" in frame.headers:
            return self._transactions.keep(frame)
        deliveries = self._acknowledgements.settle(self._delivery_named(frame))
        return Nack(frame.headers.get("receipt"), deliveries=deliveries)

    def _delivery_named(self, frame: Frame) -> str:
        """Return the ack id that a frame means: 1.2 names it, 1.1 and 1.0 name the message."""
        if self.version == "1.2":
            return _required(frame, "id")
        message_id = _required(frame, "message-id")
        named = frame.headers.get("subscription") if self.version == "1.0" else _required(frame, "subscription")
        return self._acknowledgements.ack_id_of(message_id, subscription_id=named)

    def _begin(self, frame: Frame) -> AnyEvent:
        self._transactions.begin(_required(frame, "transaction"))
        return Noted(frame.headers.get("receipt"))

    def _commit(self, frame: Frame) -> AnyEvent:
        kept = self._transactions.end(_required(frame, "transaction"))
        events: list[Send | Ack | Nack] = []
        try:
            for one in kept:
                headers = {name: value for name, value in one.headers.items() if name not in {"transaction", "receipt"}}
                events.append(self._event(Frame(one.command, headers, one.body)))  # type: ignore[arg-type]
        except ProtocolError:
            self._restore(events)
            raise
        receipts = tuple(one.headers["receipt"] for one in kept if "receipt" in one.headers)
        return Committed(frame.headers.get("receipt"), events=tuple(events), receipts=receipts)

    def _restore(self, events: Iterable[Send | Ack | Nack]) -> None:
        settled = (one.deliveries for one in events if not isinstance(one, Send))
        self._acknowledgements.restore(chain.from_iterable(settled))

    def _abort(self, frame: Frame) -> AnyEvent:
        self._transactions.end(_required(frame, "transaction"))
        return Noted(frame.headers.get("receipt"))

    def _disconnect(self, frame: Frame) -> AnyEvent:
        self._closed = True
        return Disconnected(frame.headers.get("receipt"))

    _HANDLERS: ClassVar[dict[str, Callable[[ServerSession, Frame], AnyEvent]]] = {
        "SEND": _send,
        "SUBSCRIBE": _subscribe,
        "UNSUBSCRIBE": _unsubscribe,
        "ACK": _ack,
        "NACK": _nack,
        "BEGIN": _begin,
        "COMMIT": _commit,
        "ABORT": _abort,
        "DISCONNECT": _disconnect,
        "CONNECT": _connect,
        "STOMP": _connect,
    }


def _required(frame: Frame, name: str) -> str:
    """Return a header that the command needs."""
    value = frame.headers.get(name)
    if value is None:
        raise ProtocolError("missing header", f"{frame.command} needs the header {name}")
    return value
