"""Frames to text, or to bytes where a body is not UTF-8 (a WebSocket text message could not carry it)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from apps.stomp.protocol.versions import Version, escape

HEART_BEAT = "\n"
NOT_PASSED_ON = frozenset(
    {"ack", "content-length", "destination", "id", "message-id", "receipt", "subscription", "transaction"}
)
"""Headers of a SEND that the MESSAGE has from the server, or not at all; all others go to the subscribers."""


def encode(command: str, headers: Iterable[tuple[str, str]], body: bytes = b"", *, version: Version) -> str | bytes:
    """Return a whole frame. CONNECTED is never escaped; a body gets its content-length."""
    if command != "CONNECTED":
        headers = [(escape(name, version), escape(value, version)) for name, value in headers]
    lines = [f"{name}:{value}\n" for name, value in headers]
    if body:
        lines.append(f"content-length:{len(body)}\n")
    return _joined(f"{command}\n{''.join(lines)}\n", body)


class MessageTemplate:
    """A MESSAGE that is encoded once for each version; only what belongs to a subscription is put in each time."""

    __slots__ = ("_body", "_destination", "_headers", "_rests", "message_id")

    def __init__(self, destination: str, message_id: str, headers: Mapping[str, str], body: bytes) -> None:
        self.message_id = message_id
        self._destination = destination
        self._headers = headers
        self._body = body
        self._rests: dict[Version, str | bytes] = {}

    def render(self, version: Version, subscription: str) -> str | bytes:
        """Return the frame. `subscription` are header lines, each with its line end, or nothing (`Subscription`)."""
        rest = self._rests.get(version)
        if rest is None:
            rest = self._rests[version] = self._rest(version)
        if isinstance(rest, str):
            return f"MESSAGE\n{subscription}{rest}"
        return f"MESSAGE\n{subscription}".encode() + rest

    def _rest(self, version: Version) -> str | bytes:
        headers = [("destination", self._destination), ("message-id", self.message_id)]
        headers += [(name, value) for name, value in self._headers.items() if name not in NOT_PASSED_ON]
        if version == "1.0":  # without an escape, a colon in a name would make another header of it
            headers = [(name, value) for name, value in headers if ":" not in name]
        lines = "".join(f"{escape(name, version)}:{escape(value, version)}\n" for name, value in headers)
        return _joined(f"{lines}content-length:{len(self._body)}\n\n", self._body)


def _joined(head: str, body: bytes) -> str | bytes:
    """Put a body behind its headers, and the octet behind it that ends every frame."""
    try:
        return f"{head}{body.decode()}\0"
    except UnicodeDecodeError:
        return head.encode() + body + b"\0"
