"""What somebody sends before they have logged in: refused, whatever it is, before it costs anything."""

from __future__ import annotations

import json

import pytest

from apps.common.errors import DomainError
from apps.stomp import destinations
from apps.stomp.destinations import Destination, Destinations, SendRequest, UnknownDestination
from apps.stomp.origins import is_allowed_origin
from apps.stomp.sockjs.framing import BadFrame, read_messages, read_websocket_message


@pytest.mark.parametrize("payload", ["[1]", "[-1.5e3]", '["a", 1, "b"]', "[" + "1" * 5_000 + "]", "1", "[NaN]", "{}"])
def test_a_number_among_messages_is_refused_before_it_is_read(payload: str) -> None:
    """Python takes a quarter of a millisecond for 4,300 digits, and refuses more in words of its own."""
    with pytest.raises(BadFrame, match="Payload expected"):
        read_messages(payload)


@pytest.mark.parametrize("payload", ["[" * 100_000, '["a"', '{"a":' * 50_000, "\ud800", b"\xff\xff", "[1e999999999]"])
def test_what_is_no_array_of_messages_is_a_bad_frame(payload: str | bytes) -> None:
    with pytest.raises(BadFrame):
        read_messages(payload)
    with pytest.raises(BadFrame):
        read_websocket_message(payload)


def test_messages_are_read_as_they_are() -> None:
    messages = ["", "a\0", "회차", "\ud800", "1"]
    assert read_messages(json.dumps(messages)) == messages


@pytest.mark.parametrize(
    "origin", [b"http://[::1", b"http://]", b"https://", b"null", b"\xff", b"http://\xe3\x80\x82", b"x" * 60_000]
)
def test_a_page_whose_address_is_none_is_another_sites(origin: bytes) -> None:
    assert not is_allowed_origin([(b"origin", origin)])


def test_long_destinations_are_unknown_and_fill_no_memory() -> None:
    table = Destinations([Destination("/sub/session/{session_id:int}")])
    for length in (1_000, 8_000):
        with pytest.raises(UnknownDestination):
            table.find("/sub/session/" + "1" * length)
        with pytest.raises(DomainError):
            table.find("/" * length)

    assert not table._table._remembered
    assert len("/sub/session/{session_id:int}") < destinations.MAX_DESTINATION


def test_a_destination_that_is_in_the_table_twice_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="twice"):
        Destinations([Destination("/sub/session/{session_id:int}"), Destination("/sub/session/{session_id:int}")])


def test_a_destination_that_does_not_say_who_may_send_there_is_refused_at_the_start() -> None:
    async def take(_request: SendRequest) -> None:
        return None

    with pytest.raises(ValueError, match="/pub/x does not say who may send there"):
        Destination("/pub/x", send=take)
