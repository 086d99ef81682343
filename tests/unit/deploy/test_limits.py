"""What comes in is bounded by one table, and nothing on its way takes less than what stands behind it."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest
from django.conf import settings

from apps.common import limits
from apps.common.fastlane.bodies import MAX_BODY_BYTES
from apps.counseling.services.send_message import MAX_LENGTH
from apps.stomp.protocol.limits import Limits
from apps.stomp.sockjs.framing import read_messages
from scripts.web_server import UVICORN_OPTIONS

CHECKOUT = Path(settings.BASE_DIR)
NGINX = CHECKOUT / "deploy/nginx"
SITES = ["ticketlive.conf", "ticketlive-split.conf"]
BLOCK = re.compile(r"location (?:[=~] )?(?P<pattern>\S+) \{(?P<body>[^}]*)\}")
SIZE = re.compile(r"client_max_body_size (\d+)([km]);")
LARGEST = "\N{GRINNING FACE}" * limits.MESSAGE_CHARACTERS


def size_in(text: str) -> int:
    number, unit = SIZE.findall(text)[0]
    return int(number) * {"k": limits.KIB, "m": limits.MIB}[unit]


def location(site: str, pattern: str) -> str:
    (body,) = [one["body"] for one in BLOCK.finditer((NGINX / site).read_text()) if one["pattern"] == pattern]
    return str(body)


def leaves_the_word_to_the_application(at_the_proxy: int, in_the_application: int) -> bool:
    """Tell whether what is a little too large is heard of from the application, and what is far too large is not."""
    return in_the_application < at_the_proxy <= in_the_application + limits.MIB


def test_the_largest_message_is_a_body_and_as_many_as_may_come_at_once_a_message_and_a_request() -> None:
    body = json.dumps({"type": "TEXT", "content": LARGEST, "clientMessageId": "x" * 64}).encode()
    assert len(body) <= limits.JSON_BODY_BYTES == limits.STOMP_BODY_BYTES
    frame = b"h" * limits.STOMP_HEAD_BYTES + b"\n\n" + body + b"\0"
    assert len(frame) <= limits.STOMP_FRAME_BYTES
    together = limits.FRAMES_AT_ONCE * limits.STOMP_FRAME_BYTES
    assert together <= limits.WEBSOCKET_MESSAGE_BYTES

    worst = json.dumps(['"' * limits.STOMP_FRAME_BYTES] * (limits.FRAMES_AT_ONCE - 1))
    assert len(read_messages(worst)) == limits.FRAMES_AT_ONCE - 1
    assert len(worst) <= limits.SOCKJS_BODY_BYTES


def test_the_code_and_the_settings_have_what_the_table_says() -> None:
    assert MAX_LENGTH == limits.MESSAGE_CHARACTERS
    assert MAX_BODY_BYTES == limits.JSON_BODY_BYTES
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE == limits.JSON_BODY_BYTES
    assert settings.STOMP_MAX_BODY_BYTES == limits.STOMP_BODY_BYTES
    assert (Limits().max_head_bytes, Limits().max_body_bytes) == (limits.STOMP_HEAD_BYTES, limits.STOMP_BODY_BYTES)
    assert settings.STOMP_BYTE_BURST == limits.STOMP_BURST_BYTES >= limits.WEBSOCKET_MESSAGE_BYTES
    assert settings.STOMP_QUEUE_BYTES >= limits.STOMP_FRAME_BYTES


def test_the_server_takes_a_websocket_message_and_no_more() -> None:
    assert dict(pairwise(UVICORN_OPTIONS))["--ws-max-size"] == str(limits.WEBSOCKET_MESSAGE_BYTES)


def test_the_proxy_takes_a_body_and_little_more() -> None:
    proxy = size_in((NGINX / "nginx.conf").read_text())

    assert leaves_the_word_to_the_application(proxy, limits.JSON_BODY_BYTES)


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize(
    ("pattern", "limit"),
    [("/ws/connect/", limits.SOCKJS_BODY_BYTES), ("^/api/sessions/[0-9]+/attachments$", limits.FORM_BYTES)],
)
def test_the_proxy_takes_what_is_larger_where_it_may_be(site: str, pattern: str, limit: int) -> None:
    assert leaves_the_word_to_the_application(size_in(location(site, pattern)), limit)


def test_the_page_has_the_table() -> None:
    page = (CHECKOUT / "docs/limits.md").read_text()
    documented = {name: int(number.replace(",", "")) for name, number in re.findall(r"\| `(\w+)` \| ([\d,]+) \|", page)}

    assert documented == {name: getattr(limits, name) for name in documented}
    assert set(documented) >= {
        name for name in vars(limits) if name.endswith("_BYTES") and name != "OTHER_FIELDS_BYTES"
    } - {"STOMP_AROUND_BYTES"}
