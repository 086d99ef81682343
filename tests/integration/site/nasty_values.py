"""What somebody might send where a number, a text, a day or a choice is awaited.

The first of each kind have found faults before: everybody sends them everywhere. The others are shared out.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TypeVar

Value = TypeVar("Value")

FIRST = 4
NASTY_TEXTS = [
    "\0", "0001-01-01", "9999-12-31", "9" * 30,
    "", " ", "a\0b", "\x1a", "\ufffd", "-1", "0", "1e400", "NaN", "Infinity", "9" * 19, "9" * 5_000, "x" * 5_000, "%",
    "' OR 1=1", "1,2", "null", "\U0010ffff", "한" * 300, "2026-13-45", "0000-00-00", "[]", "../..", "\ufeff", "٣",
]  # fmt: skip
NASTY_PATHS = ["9" * 30, "a%00b", "%ff", "%ed%a0%80", "0", "9" * 19, "-1", "x" * 300, "%", "1e3", "%F0%9F%98%80"]
NASTY_JSON = [
    '"\\ud800"', '"\\u0000"', '"9999-12-31T23:59:59Z"', "9" * 30,
    '"a\\udc00 and more text"', '""', '" "', '"0001-01-01"', '"' + "x" * 20_000 + '"', "-1", "0", "1.5", "1e400",
    "-1e308", "9" * 19, "9" * 5_000, "NaN", "Infinity", "true", "null", "[]", "{}", "[null]", '{"a": {}}',
    '["\\ud800"]', "[" * 30_000, '"\\ud83d\\ude00"', '"٣"',
]  # fmt: skip
WHOLE_BODIES = [
    b"", b'"\\ud800"', b'{"\\ud800": 1}', b"[" * 30_000, b"{", b"\xff\xfe", b"\xef\xbb\xbf{}", b'{"": ""}', b"null",
    b"NaN", b"9" * 5_000, b"[]", b"1", b'{"a": 1e400}', b"\0",
]  # fmt: skip

URLENCODED_BODIES = [
    b"%", b"%ff=%ed%a0%80", b"name=%00&name=%ed%a0%80", b"&" * 5_000, b"\xff\xfe\x00", b"a=1&" * 2_000,
    b"name=" + b"x" * 300_000, b"=", b"%u0000=1", b"[]=1&a[b]=2", b"\xed\xa0\x80=\xed\xa0\x80", b";",
]  # fmt: skip
_NAMED = b'Content-Disposition: form-data; name="name"'
MULTIPART_BODIES = [
    ("multipart/form-data", b"--x\r\n"),
    ("multipart/form-data; boundary=x; charset=base64", b"--x\r\n" + _NAMED + b"\r\n\r\n\xff\r\n--x--\r\n"),
    ("application/x-www-form-urlencoded; charset=base64", b"name=%ff"),
    ("text/plain; charset=rot13", b"\xff"),
    ("multipart/form-data; boundary=", b""),
    ("multipart/form-data; boundary=x", b""),
    ("multipart/form-data; boundary=x", b"--x"),
    ("multipart/form-data; boundary=x", b"--x\r\n" + _NAMED),
    ("multipart/form-data; boundary=x", b"--x\r\n" + _NAMED + b"\r\n\r\nno end"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n"),
    ("multipart/form-data; boundary=x", b"--x\r\n\r\n\r\n--x--\r\n"),
    (
        "multipart/form-data; boundary=x",
        b"--x\r\n" + _NAMED + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!=\r\n--x--\r\n",
    ),
    ("multipart/form-data; boundary=x", b"--x\r\n" + _NAMED + b"\r\n\r\n\xed\xa0\x80\0\r\n--x--\r\n"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="\0\xff"\r\n\r\n\r\n--x--'),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="f"; filename="\0/../\xff"\r\nContent-Type: a;b\r\n\r\n\r\n--x--',
    ),
    ("multipart/form-data; boundary=x; charset=utf-7", b"--x\r\n" + _NAMED + b"\r\n\r\n+\r\n--x--\r\n"),
    ("multipart/form-data; boundary=x; charset=idna", b"--x\r\n" + _NAMED + b"\r\n\r\n\xff\r\n--x--\r\n"),
    ("multipart/form-data; boundary=x; charset=undefined", b"--x\r\n" + _NAMED + b"\r\n\r\n1\r\n--x--\r\n"),
    ("multipart/form-data; boundary=" + "x" * 300, b"--x\r\n"),
    ("multipart/form-data; boundary=\u00ff", b"--\xff\r\n"),
    ("multipart/mixed; boundary=x", b"--x\r\n" + _NAMED + b"\r\n\r\n1\r\n--x--\r\n"),
    ("application/x-www-form-urlencoded; charset=utf-16", b"name=1"),
    ("application/json; charset=undefined", b"{}"),
    ("x" * 1_000, b"1"),
    ("", b"name=1"),
]  # fmt: skip
NASTY_FILES = [
    ("a.png", b""), ("a.png", b"\x89PNG\r\n\x1a\n"), ("a.png", b"not an image"), ("x" * 300 + ".png", b"GIF89a"),
    ("a\x1a\u202e.svg", b"<svg onload=alert(1)>"),
    ("a.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xff\xff\x7f\xff\xff\xff\x7f\x08\x02\0\0\0" + b"\0" * 4),
]  # fmt: skip


def share(values: Sequence[Value], part: int, parts: int) -> list[Value]:
    """Return the first values, and one part of the others."""
    return [*values[:FIRST], *values[FIRST:][part::parts]]


def one_of(values: Sequence[Value], part: int) -> Value:
    """Return one of the values: each in turn."""
    return values[part % len(values)]


def body_with(field: str, value: str, others: dict[str, object]) -> bytes:
    """Return a body in which one field is as nasty as can be, and the others are as they should be."""
    rest = "".join(f", {json.dumps(name)}: {json.dumps(given)}" for name, given in others.items() if name != field)
    return f"{{{json.dumps(field)}: {value}{rest}}}".encode()
