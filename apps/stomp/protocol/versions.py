"""The versions of the protocol: which one two sides speak, and what a header's octets stand for in it."""

from __future__ import annotations

import re
from typing import Literal

from apps.stomp.protocol.errors import ProtocolError

Version = Literal["1.0", "1.1", "1.2"]

SPOKEN: tuple[Version, ...] = ("1.2", "1.1", "1.0")  # the best goes first
ALL = ",".join(reversed(SPOKEN))

_ESCAPE_SEQUENCE = re.compile(r"\\(.?)", re.DOTALL)
_UNESCAPED: dict[str, dict[str, str]] = {
    "1.1": {"n": "\n", "c": ":", "\\": "\\"},
    "1.2": {"r": "\r", "n": "\n", "c": ":", "\\": "\\"},
}
_SPECIAL = re.compile(r"[\\\r\n:]")
_ESCAPED: dict[str, dict[str, str]] = {
    "1.0": {"\r": " ", "\n": " "},  # it has no escapes: what would end the line becomes a space
    "1.1": {"\r": " ", "\n": "\\n", ":": "\\c", "\\": "\\\\"},
    "1.2": {"\r": "\\r", "\n": "\\n", ":": "\\c", "\\": "\\\\"},
}


def negotiate(accept_version: str | None) -> Version:
    """Return the highest version that both sides speak (STOMP 1.2, "Protocol Negotiation").

    A client that names none speaks 1.0. Raises ProtocolError where there is no common one.
    """
    if accept_version is None:
        return "1.0"
    accepted = {version.strip() for version in accept_version.split(",")}
    for version in SPOKEN:
        if version in accepted:
            return version
    raise ProtocolError("unsupported version", f"Supported protocol versions are {ALL}", versions=ALL)


def unescape(text: str, version: Version) -> str:
    """Decode a header's name or value that has a backslash (STOMP 1.2, "Value Encoding").

    Raises ProtocolError for a sequence that the version does not define.
    """
    meanings = _UNESCAPED.get(version)
    if meanings is None:
        return text

    def meaning(match: re.Match[str]) -> str:
        try:
            return meanings[match[1]]
        except KeyError:
            raise ProtocolError("undefined escape sequence", f"{match[0]!r} means nothing in {version}") from None

    return _ESCAPE_SEQUENCE.sub(meaning, text)


def escape(text: str, version: Version) -> str:
    """Encode a header's name or value."""
    if _SPECIAL.search(text) is None:
        return text
    escapes = _ESCAPED[version]
    return _SPECIAL.sub(lambda match: escapes.get(match[0], match[0]), text)
