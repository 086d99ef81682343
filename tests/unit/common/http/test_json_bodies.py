"""What Django's side refuses to read as JSON."""

from __future__ import annotations

import pytest

from apps.common.errors import MalformedBody
from apps.common.http.json_bodies import json_body


@pytest.mark.parametrize("content", [b"[" * 30_000, b'"\\ud800"', b"NaN", b"\xff", b"9" * 5_000 + b"x", b""])
def test_what_is_no_json_is_a_malformed_body(content: bytes) -> None:
    with pytest.raises(MalformedBody):
        json_body(content)
