"""Bytes to frames, by the sentences of the specification (STOMP 1.2, "STOMP Frames")."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.stomp.protocol.decoder import Decoder, Frame
from apps.stomp.protocol.encoder import encode
from apps.stomp.protocol.errors import ProtocolError
from apps.stomp.protocol.limits import Limits
from apps.stomp.protocol.versions import SPOKEN, Version


def decode(data: str | bytes, version: Version | None = "1.2", limits: Limits | None = None) -> list[Frame]:
    decoder = Decoder(limits)
    decoder.version = version
    return list(decoder.feed(data))


@pytest.mark.parametrize(
    ("data", "frame"),
    [
        ("SEND\ndestination:/a\n\nhello\0", Frame("SEND", {"destination": "/a"}, b"hello")),
        ("SEND\r\ndestination:/a\r\n\r\nhello\0", Frame("SEND", {"destination": "/a"}, b"hello")),
        ("SEND\n\n\0", Frame("SEND", {})),
        ("\n\n\r\n\0\nSEND\n\n\0\n\n", Frame("SEND", {})),
        ("SEND\na:1\na:2\n\n\0", Frame("SEND", {"a": "1"})),
        ("SEND\na: padded \n\n\0", Frame("SEND", {"a": " padded "})),
        ("SEND\na:b:c\n\n\0", Frame("SEND", {"a": "b:c"})),
        ("SEND\na:\n\n\0", Frame("SEND", {"a": ""})),
        ("SEND\na\\c:\\r\\n\\\\\n\n\0", Frame("SEND", {"a:": "\r\n\\"})),
        ("SEND\n가:나\n\n다\0", Frame("SEND", {"가": "나"}, "다".encode())),
        ("SEND\ncontent-length:3\n\na\0b\0", Frame("SEND", {"content-length": "3"}, b"a\0b")),
        ("SEND\n\none\n\ntwo\r\n\r\n\0", Frame("SEND", {}, b"one\n\ntwo\r\n\r\n")),
        (b"SEND\n\n\xff\xfe\0", Frame("SEND", {}, b"\xff\xfe")),
        ("CONNECT\npasscode:a\\b\\c\n\n\0", Frame("CONNECT", {"passcode": r"a\b\c"})),
    ],
    ids=[
        "lines end with LF",
        "lines may end with CR LF",
        "headers and body may be missing",
        "line ends between frames are heart-beats, and a stray NUL is passed over",
        "of a repeated header the first counts",
        "nothing is trimmed",
        "a colon in a value that was not escaped is tolerated",
        "a value may be empty",
        "names and values are unescaped",
        "names and values are UTF-8",
        "a body with a content-length may have NULs",
        "line ends in a body belong to it",
        "a body may be any octets",
        "CONNECT is never unescaped",
    ],
)
def test_a_frame_is_read_as_the_specification_says(data: str | bytes, frame: Frame) -> None:
    assert decode(data) == [frame]


def test_1_1_has_no_escape_for_cr_and_keeps_it_in_values() -> None:
    assert decode("SEND\na:b\r\n\n\0", "1.1") == [Frame("SEND", {"a": "b\r"})]
    with pytest.raises(ProtocolError, match="escape"):
        decode("SEND\na:\\r\n\n\0", "1.1")


def test_1_0_has_no_escapes() -> None:
    assert decode("SEND\na:\\n\\q\n\n\0", "1.0") == [Frame("SEND", {"a": "\\n\\q"})]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("SEND\nno colon\n\n\0", "malformed frame"),
        ("SEND\n:no name\n\n\0", "malformed frame"),
        ("SEND\na:\\t\n\n\0", "undefined escape sequence"),
        ("SEND\na:b\\\n\n\0", "undefined escape sequence"),
        ("SEND\na:b\rc\n\n\0", "malformed frame"),
        (b"SEND\na:\xff\n\n\0", "malformed frame"),
        ("SEND\ncontent-length:three\n\nabc\0", "malformed frame"),
        ("SEND\ncontent-length:-1\n\nabc\0", "malformed frame"),
        ("SEND\ncontent-length:²\n\nabc\0", "malformed frame"),
        ("SEND\ncontent-length:2\n\nabc\0", "malformed frame"),
    ],
)
def test_what_is_no_frame_is_refused(data: str | bytes, message: str) -> None:
    with pytest.raises(ProtocolError, match=message):
        decode(data)


SMALL = Limits(max_headers=3, max_line_bytes=20, max_head_bytes=60, max_body_bytes=10)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("SEND\na:1\nb:2\nc:3\nd:4\n\n\0", "too many headers"),
        ("SEND\na:" + "x" * 30 + "\n\n\0", "header too long"),
        ("SEND\na:" + "x" * 30, "header too long"),
        ("a:xxxxxxxxxx\n" * 6, "headers too large"),
        ("SEND\ncontent-length:11\n\n", "body too large"),
        ("SEND\n\n" + "x" * 11, "body too large"),
        ("SEND\n\n" + "x" * 11 + "\0", "body too large"),
    ],
    ids=[
        "headers",
        "a whole header",
        "a header without an end",
        "headers without an end",
        "a length that is announced",
        "a body without an end",
        "a whole body",
    ],
)
def test_what_goes_over_a_limit_is_refused_as_soon_as_that_is_seen(data: str, message: str) -> None:
    with pytest.raises(ProtocolError, match=message):
        decode(data, limits=SMALL)


def test_what_is_just_within_the_limits_is_taken() -> None:
    data = "SEND\na:1\nb:2\nc:" + "x" * 18 + "\n\n" + "y" * 10 + "\0"

    assert len(decode(data, limits=SMALL)) == 1


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_no_more_is_kept_than_the_limits_allow(chunks: list[bytes]) -> None:
    decoder = Decoder(SMALL)
    try:
        for chunk in chunks:
            list(decoder.feed(chunk))
            assert decoder.buffered_bytes <= SMALL.max_head_bytes + SMALL.max_body_bytes + 3
    except ProtocolError:
        return


header_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
headers = st.dictionaries(header_text.filter(bool), header_text, max_size=5).filter(
    lambda found: "content-length" not in found
)


@given(
    version=st.sampled_from(SPOKEN),
    frames=st.lists(st.tuples(headers, st.binary(max_size=50)), min_size=1, max_size=4),
    cuts=st.lists(st.integers(0, 600), max_size=8),
)
def test_what_was_encoded_comes_back_however_it_is_cut(
    version: Version, frames: list[tuple[dict[str, str], bytes]], cuts: list[int]
) -> None:
    sent = b""
    expected = []
    for given_headers, body in frames:
        carried = {name: value for name, value in given_headers.items() if _can_carry(name + value, version)}
        carried = {name: value for name, value in carried.items() if version != "1.0" or ":" not in name}
        encoded = encode("MESSAGE", carried.items(), body, version=version)
        sent += encoded.encode() if isinstance(encoded, str) else encoded
        length = {"content-length": str(len(body))} if body else {}
        expected.append(Frame("MESSAGE", carried | length, body))
    decoder = Decoder()
    decoder.version = version
    edges = sorted({min(cut, len(sent)) for cut in [0, *cuts, len(sent)]})

    received = [frame for start, end in pairwise(edges) for frame in decoder.feed(sent[start:end])]

    assert received == expected
    assert decoder.buffered_bytes == 0


def _can_carry(text: str, version: Version) -> bool:
    """1.0 has no way to send a line end in a header, and 1.1 none for a carriage return."""
    forbidden = {"1.0": "\r\n", "1.1": "\r", "1.2": ""}[version]
    return not any(character in text for character in forbidden)


MUTATED = st.sampled_from([b"\n", b"\0", b":", b"\\", b"\r", b"\xff", b"content-length:", b"SEND", b"CONNECT", b""])


@given(
    st.lists(st.one_of(MUTATED, st.binary(max_size=12)), max_size=40).map(b"".join), st.sampled_from([None, *SPOKEN])
)
def test_no_input_raises_anything_but_a_protocol_error(data: bytes, version: Version | None) -> None:
    decoder = Decoder(SMALL)
    decoder.version = version
    with suppress(ProtocolError):
        list(decoder.feed(data))


@pytest.mark.parametrize(
    "length", ["", "content-length:2000\n"], ids=["a body up to its NUL", "a body of a known length"]
)
def test_a_body_that_comes_byte_by_byte_has_its_headers_read_no_more_than_twice(
    monkeypatch: pytest.MonkeyPatch, length: str
) -> None:
    reads = []
    read_head = Decoder._read_head
    monkeypatch.setattr(Decoder, "_read_head", lambda decoder, head: reads.append(head) or read_head(decoder, head))
    decoder = Decoder()
    decoder.version = "1.2"
    frame = f"SEND\ndestination:/a\n{length}\n".encode() + b"x" * 2000 + b"\0"

    found = [one for octet in frame for one in decoder.feed(bytes([octet]))]

    assert [one.body for one in found] == [b"x" * 2000]
    assert len(reads) == 2
