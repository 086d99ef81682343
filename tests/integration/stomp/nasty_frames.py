"""Frames, headers and tokens that somebody might send where others send what the protocol asks for."""

from __future__ import annotations

from typing import Any

NASTY_HEADERS = ["", " ", "\\n", "\\c\\c", "9" * 30, "-1", "0", "x" * 5_000, "NaN", "٣", "한" * 300, "\ufeff"]
NAMES = ("id", "ack", "receipt", "selector", "last-seq", "transaction", "content-type", "persistent", "\\n", "한")
TWICE = [b'{"type": "END", "type": "TYPING"}', b'{"category_id": "x", "category_id": 1}']

BEGINNINGS = [
    b"\0", b"\n" * 5_000, b"\r\n\r\n", b"CONNECT", b"CONNECT\n\n\0", b"CONNECT\naccept-version:9\n\n\0", b"\xff\xfe",
    b"CONNECT\naccept-version:1.2\nheart-beat:-1,0\n\n\0", b"GET / HTTP/1.1\r\n\r\n\0", b"\xef\xbb\xbfCONNECT\n\n\0",
    "CONNECT\naccept-version:1.2\nheart-beat:٣,٣\n\n\0".encode(), b"CONNECT\n:\n\n\0", b"CONNECT\nx\n\n\0",
    b"CONNECT\nheart-beat:999999999,999999999\naccept-version:1.2\n\n\0", b"CONNECT\n\nbody\0", b"STOMP\n\n\0",
    b"CONNECT\ncontent-length:-1\n\n\0", b"CONNECT\ncontent-length:" + b"9" * 30 + b"\n\n\0",
    "CONNECT\ncontent-length:٣\n\n123\0".encode(), b"CONNECT\nreceipt:1\n\n\0", b"SEND\ndestination:/x\n\n\0",
    b"CONNECT\nAuthorization:Bearer \xed\xa0\x80\n\n\0", b"CONNECT\n" + b"a:b\n" * 200 + b"\n\0", b"x" * 100_000,
    b"CONNECT\na:" + b"x" * 100_000, b"CONNECT\r\naccept-version:1.2\r\rb:c\n\n\0", b"connect\n\n\0", b"\\\n\n\0",
    "CONNECT\nAuthorization:Bearer \ud800\n\n\0", "\ud800", "CONNECT\naccept-version:\ud800\n\n\0",
]  # fmt: skip
"""What comes first on a connection."""

TOKENS = [
    "", "Bearer", "Bearer ", "bearer  x", "Basic eDp5", "Bearer 한글", "Bearer " + "a." * 2_000, "Bearer a.b.c",
    "Bearer eyJhbGciOiJub25lIn0.e30.", "Bearer " + "." * 50, "\t", "Bearer e30.e30.e30", "Bearer \ufeff",
]  # fmt: skip
NASTY_CLAIMS: list[dict[str, Any]] = [
    {"exp": 10**30}, {"exp": -1}, {"exp": "x"}, {"exp": None}, {"exp": 1e308}, {"user_id": "1"}, {"user_id": 10**30},
    {"user_id": -1}, {"user_id": None}, {"user_id": []}, {"role": None}, {"role": "x" * 1_000}, {"sid": None},
    {"sid": "\0"}, {"sid": 1}, {"jti": None}, {"token_type": "refresh"}, {"iss": "x"},
]  # fmt: skip

_LARGE = b"x" * 2_000_000
_TRANSACTION = (
    b"BEGIN\ntransaction:t\n\n\0SEND\ndestination:/pub/match/request\ntransaction:t\nreceipt:\\n\n\n\xff\0"
    b"SEND\ndestination:/pub/session/1\ntransaction:t\n\n[[[\0COMMIT\ntransaction:t\nreceipt:r\n\n\0"
)
AFTERWARDS = [
    b"SUBSCRIBE\n\n\0", b"SUBSCRIBE\ndestination:/x\n\n\0", b"SUBSCRIBE\nid:\ndestination:\n\n\0", b"CONNECT\n\n\0",
    b"SUBSCRIBE\nid:1\ndestination:/user/queue/errors\nack:x\n\n\0", b"UNSUBSCRIBE\nid:9\n\n\0", b"UNSUBSCRIBE\n\n\0",
    b"SUBSCRIBE\nid:e\ndestination:/user/queue/errors\nack:client\n\n\0SEND\ndestination:/x\n\n\0ACK\nid:1\n\n\0",
    b"ACK\n\n\0", b"ACK\nid:" + b"9" * 30 + b"\n\n\0", b"NACK\nid:\n\n\0", b"BEGIN\n\n\0", b"ABORT\n\n\0",
    b"COMMIT\ntransaction:t\n\n\0", b"BEGIN\ntransaction:\n\n\0COMMIT\ntransaction:\n\n\0", b"SEND\n\n\0",
    b"SEND\ndestination:\n\n\0", b"BEGIN\ntransaction:t\n\n\0BEGIN\ntransaction:t\n\n\0", _TRANSACTION,
    b"SEND\ndestination:/x\ncontent-length:1\n\nabc\0", b"SEND\ndestination:/x\\t\n\n\0", b"MESSAGE\n\n\0",
    b"SEND\ndestination:/x\nreceipt:\\q\n\n\0", b"DISCONNECT\nreceipt:\\r\\n\n\nbody\0", b"\xed\xa0\x80\n\n\0",
    b"SEND\ndestination:" + "한".encode() * 2_000 + b"\n\n\0", "SEND\ndestination:/x\n\n\ud800\0",
    b"SEND\ndestination:/pub/match/request\n\n" + _LARGE + b"\0", b"DISCONNECT\n\n\0SEND\n\n\0",
]  # fmt: skip
"""What comes once somebody has logged in."""
