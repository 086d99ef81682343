"""Bytes to frames (STOMP 1.2, "STOMP Frames" and "Augmented BNF"), in any portions they may come."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.stomp.protocol.errors import ProtocolError
from apps.stomp.protocol.limits import Limits
from apps.stomp.protocol.versions import Version, unescape

NUL = 0
BETWEEN_FRAMES = re.compile(rb"(?:[\n\0]+|\r\n)*+")  # heart-beats and what else may stand there, a megabyte in no time
NEVER_ESCAPED = frozenset({"CONNECT", "CONNECTED"})
MAX_LENGTH_DIGITS = 19


class Frame:
    """One frame. Of a repeated header the first counts; the order of the others is kept."""

    __slots__ = ("body", "command", "headers")

    def __init__(self, command: str, headers: dict[str, str], body: bytes = b"") -> None:
        self.command = command
        self.headers = headers
        self.body = body

    def __repr__(self) -> str:
        return f"Frame({self.command!r}, {self.headers!r}, {self.body!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Frame) and repr(self) == repr(other)

    __hash__ = None  # type: ignore[assignment]


class Decoder:
    """Keeps what has come of an unfinished frame, which the limits bound.

    `version` is None until the two sides have agreed on one.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.version: Version | None = None
        self._limits = limits or Limits()
        self._unfinished = bytearray()
        self._awaited_bytes = 0  # of the unfinished frame, before it is worth another look
        self._ends_with_nul = False  # whether a NUL makes it worth a look before that

    @property
    def buffered_bytes(self) -> int:
        """How much of an unfinished frame is kept."""
        return len(self._unfinished)

    def feed(self, data: bytes | str) -> Iterator[Frame]:
        """Yield the frames that `data` completes, one by one; line ends between them are heart-beats.

        Raises ProtocolError for what is no frame, or is too large. Nothing can be decoded after that.
        """
        octets = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
        if self._unfinished:
            self._unfinished += octets
            if len(self._unfinished) < self._awaited_bytes and not (self._ends_with_nul and NUL in octets):
                return
            octets = bytes(self._unfinished)
            self._unfinished.clear()
        self._awaited_bytes, self._ends_with_nul = 0, False
        position, size = 0, len(octets)
        while position < size:
            between = BETWEEN_FRAMES.match(octets, position)
            position = between.end() if between else position
            if position == size:
                return
            found = self._frame_at(octets, position)
            if found is None:
                self._unfinished += octets[position:]
                return
            frame, position = found
            yield frame

    def _frame_at(self, octets: bytes, start: int) -> tuple[Frame, int] | None:
        """Return the frame that starts at `start` and where it ends, or None while it is unfinished."""
        head_end, body_start = self._end_of_head(octets, start)
        if head_end < 0:
            self._check_unfinished_head(octets, start)
            return None
        command, headers = self._read_head(octets[start:head_end])
        length = self._content_length(headers)
        limit = self._limits.max_body_bytes
        if length is None:
            end = octets.find(NUL, body_start)
            if (len(octets) if end < 0 else end) - body_start > limit:
                raise ProtocolError("body too large", f"A body has at most {limit} bytes")
        else:
            end = body_start + length
            if len(octets) <= end:
                self._awaited_bytes = end + 1 - start
                return None
            if octets[end] != NUL:
                raise ProtocolError("malformed frame", "The body is longer than its content-length")
        if end < 0:
            self._awaited_bytes, self._ends_with_nul = body_start - start + limit + 1, True
            return None
        return Frame(command, headers, octets[body_start:end]), end + 1

    def _end_of_head(self, octets: bytes, start: int) -> tuple[int, int]:
        """Return where the last header ends and where the body starts; -1 while the empty line is missing."""
        end = octets.find(b"\n\n", start)
        if self._knows_cr:
            with_cr = octets.find(b"\n\r\n", start, end + 1 if end >= 0 else len(octets))
            if with_cr >= 0:
                return with_cr, with_cr + 3
        return end, end + 2

    @property
    def _knows_cr(self) -> bool:
        """Whether a line may end with CR LF: in 1.2, and before a version is agreed on."""
        return self.version is None or self.version == "1.2"

    def _check_unfinished_head(self, octets: bytes, start: int) -> None:
        """Refuse a head that is too large already."""
        limits = self._limits
        if len(octets) - start > limits.max_head_bytes:
            raise ProtocolError("headers too large", f"All headers together have at most {limits.max_head_bytes} bytes")
        if len(octets) - max(octets.rfind(b"\n", start) + 1, start) > limits.max_line_bytes:
            raise ProtocolError("header too long", f"A header has at most {limits.max_line_bytes} bytes")

    def _read_head(self, head: bytes) -> tuple[str, dict[str, str]]:
        limits = self._limits
        if len(head) > limits.max_head_bytes:
            raise ProtocolError("headers too large", f"All headers together have at most {limits.max_head_bytes} bytes")
        try:
            text = head.decode()
        except UnicodeDecodeError:
            raise ProtocolError("malformed frame", "Commands and headers are UTF-8") from None
        lines = text.split("\n")
        if len(lines) > limits.max_headers + 1:
            raise ProtocolError("too many headers", f"A frame has at most {limits.max_headers} headers")
        if len(head) > limits.max_line_bytes and max(map(len, head.split(b"\n"))) > limits.max_line_bytes:
            raise ProtocolError("header too long", f"A header has at most {limits.max_line_bytes} bytes")
        if "\r" in text and self._knows_cr:
            lines = [_without_cr(line) for line in lines]
        command = lines[0]
        version = self.version if "\\" in text and command not in NEVER_ESCAPED else None
        headers: dict[str, str] = {}
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if not colon or not name:
                raise ProtocolError("malformed frame", f"A header is name:value, not {line[:40]!r}")
            if version is not None:
                name, value = unescape(name, version), unescape(value, version)
            if name not in headers:
                headers[name] = value
        return command, headers

    def _content_length(self, headers: dict[str, str]) -> int | None:
        text = headers.get("content-length")
        if text is None:
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= MAX_LENGTH_DIGITS):
            raise ProtocolError("malformed frame", f"content-length is a number of bytes, not {text[:40]!r}")
        length = int(text)
        if length > self._limits.max_body_bytes:
            raise ProtocolError("body too large", f"A body has at most {self._limits.max_body_bytes} bytes")
        return length


def _without_cr(line: str) -> str:
    """Take the CR of a line's end away; one elsewhere would have to be escaped."""
    line = line.removesuffix("\r")
    if "\r" in line:
        raise ProtocolError("malformed frame", "A carriage return within a header has to be escaped")
    return line
