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


def share(values: Sequence[Value], part: int, parts: int) -> list[Value]:
    """Return the first values, and one part of the others."""
    return [*values[:FIRST], *values[FIRST:][part::parts]]


def body_with(field: str, value: str, others: dict[str, object]) -> bytes:
    """Return a body in which one field is as nasty as can be, and the others are as they should be."""
    rest = "".join(f", {json.dumps(name)}: {json.dumps(given)}" for name, given in others.items() if name != field)
    return f"{{{json.dumps(field)}: {value}{rest}}}".encode()
