"""SockJS frames (SockJS protocol 0.3.3, "Framing"): `o`, `h`, `a[...]`, `c[...]`; ASCII, as old browsers need it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NoReturn

OPEN, HEART_BEAT = "o", "h"
HEART_BEAT_SECONDS = 25.0


class BadFrame(ValueError):
    """What a client sent is no JSON, or not what it has to be."""


def messages_frame(messages: Sequence[str]) -> str:
    """Return the frame of one or more messages."""
    return "a" + json.dumps(messages, separators=(",", ":"))


def close_frame(code: int, reason: str) -> str:
    """Return the last frame of a session."""
    return "c" + json.dumps([code, reason], separators=(",", ":"))


def read_messages(payload: str | bytes) -> list[str]:
    """Return the messages of an array; raise BadFrame."""
    try:
        messages = json.loads(payload, parse_int=_no_message, parse_float=_no_message)
    except BadFrame:
        raise
    except (ValueError, RecursionError) as error:
        raise BadFrame("Broken JSON encoding.") from error
    if not isinstance(messages, list) or not all(isinstance(message, str) for message in messages):
        raise BadFrame("Payload expected.")
    return messages


def _no_message(number: str) -> NoReturn:
    """Refuse a number before it is read: a long one would take long, and none is a message."""
    raise BadFrame("Payload expected.")


def read_websocket_message(text: str | bytes) -> list[str]:
    """Return what a WebSocket message says: an array of messages, one message, or nothing. Raises BadFrame."""
    if not text:
        return []
    stripped = text if isinstance(text, str) else text.decode("utf-8", "replace")
    if stripped.startswith('"'):
        stripped = f"[{stripped}]"
    return read_messages(stripped)


def text_of(frame: str | bytes) -> str:
    """Return a STOMP frame as SockJS carries it: as text, in which octets that are none are replaced.

    SockJS has no binary messages (protocol 0.3.3); whoever sends binary bodies connects by WebSocket.
    """
    return frame if isinstance(frame, str) else frame.decode("utf-8", "replace")
