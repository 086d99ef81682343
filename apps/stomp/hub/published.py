"""One message of a topic, shared by all who receive it in this process: encoded and looked into once."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Mapping

import msgspec

from apps.stomp.protocol.encoder import MessageTemplate

JSON_HEADERS = {"content-type": "application/json"}

_process = secrets.token_hex(4)
_numbers = itertools.count(1)


class _Numbered(msgspec.Struct):
    seq: int | None = None


_read_number = msgspec.json.Decoder(_Numbered).decode

Reader = Callable[[bytes], tuple[Mapping[str, str], bytes]]


class Published:
    """`payload` as it was published."""

    __slots__ = ("_message_id", "_seq", "_templates", "payload")

    def __init__(self, payload: bytes) -> None:
        self.payload = payload
        self._message_id = ""
        self._seq: int | None = -1
        self._templates: dict[str, MessageTemplate] = {}

    @property
    def seq(self) -> int | None:
        """Return the payload's number in its log; None where it has none."""
        if self._seq == -1:
            self._seq = _read_number(self.payload).seq
        return self._seq

    def template(self, destination: str, *, read: Reader | None = None) -> MessageTemplate:
        """Return the MESSAGE for those who subscribed by `destination`.

        The payload is its JSON body, unless `read` takes headers and body out of it.
        """
        template = self._templates.get(destination)
        if template is None:
            headers, body = (JSON_HEADERS, self.payload) if read is None else read(self.payload)
            self._message_id = self._message_id or f"{_process}-{next(_numbers)}"
            template = self._templates[destination] = MessageTemplate(destination, self._message_id, headers, body)
        return template
