"""How large what comes in may be, each from the one before: nothing that may be said is too large on its way.

Sizes in bytes. docs/limits.md has the table; tests/unit/deploy/test_limits.py holds the proxy, the server's options
and the settings to it.
"""

from __future__ import annotations

KIB, MIB = 1024, 1024 * 1024


def rounded_up(number: int, *, to: int) -> int:
    """Return the next multiple of `to`."""
    return -(-number // to) * to


# What is said
MESSAGE_CHARACTERS = 4_000  # of a conversation's message
JSON_BYTES_A_CHARACTER = 12  # the longest way to write one: a surrogate pair, each half as \uXXXX
OTHER_FIELDS_BYTES = 16 * KIB

# By HTTP: every body but a file's, on both lanes
JSON_BODY_BYTES = rounded_up(MESSAGE_CHARACTERS * JSON_BYTES_A_CHARACTER + OTHER_FIELDS_BYTES, to=64 * KIB)

# By STOMP, over a WebSocket or SockJS
STOMP_BODY_BYTES = JSON_BODY_BYTES
STOMP_HEAD_BYTES = 32 * KIB
STOMP_AROUND_BYTES = 3  # the line's ends behind the head, and the NUL
STOMP_FRAME_BYTES = STOMP_HEAD_BYTES + STOMP_AROUND_BYTES + STOMP_BODY_BYTES
FRAMES_AT_ONCE = 20  # of the largest, in one message of a WebSocket or one request of SockJS; of small ones far more
WEBSOCKET_MESSAGE_BYTES = rounded_up(FRAMES_AT_ONCE * STOMP_FRAME_BYTES, to=MIB)
STOMP_BURST_BYTES = 2 * WEBSOCKET_MESSAGE_BYTES  # of an account, before its bytes a second count
SOCKJS_BYTES_A_BYTE = 2  # a quotation mark, a backslash, a line's end or a rare character, as JSON has it in a string
SOCKJS_BODY_BYTES = SOCKJS_BYTES_A_BYTE * WEBSOCKET_MESSAGE_BYTES
SOCKJS_FIRST_BODY_BYTES = SOCKJS_BYTES_A_BYTE * STOMP_FRAME_BYTES  # before a log-in: a CONNECT, and what is beside it

# Files
FILE_BYTES = 5 * MIB
FORM_BYTES = FILE_BYTES + 64 * KIB  # the file, and what multipart puts around it
