"""Only what is certainly one simple call of the crowd's is refused before it is parsed."""

from __future__ import annotations

import pytest

from apps.common.sockets.early_refusals import EarlyRefusals

CALL = b"GET /api/waiting-room/7/status HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer x.y.z\r\n\r\n"


@pytest.fixture
def refusals() -> EarlyRefusals:
    refusals = EarlyRefusals()
    refusals.set_up(["/api/waiting-room/{performance_id:int}/status"], [b"in 4", b"in 5"])
    return refusals


def test_the_crowd_s_call_is_refused_with_different_times(refusals: EarlyRefusals) -> None:
    assert [refusals.answer_to(CALL) for _ in range(3)] == [b"in 4", b"in 5", b"in 4"]
    assert refusals.given == 3


@pytest.mark.parametrize(
    "data",
    [
        CALL.replace(b"GET", b"POST"),
        CALL.replace(b"/status", b"/now"),
        CALL.replace(b"/api/waiting-room", b"/api/payments"),
        CALL.replace(b"1.1", b"1.0"),
        CALL[:-2],
        CALL + CALL,
        CALL + b"x",
        CALL.replace(b"\r\n\r\n", b"\r\nContent-Length: 3\r\n\r\n"),
        CALL.replace(b"\r\n\r\n", b"\r\nTRANSFER-ENCODING: chunked\r\n\r\n"),
        CALL.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
        CALL.replace(b"\r\n\r\n", b"\r\nUpgrade: websocket\r\n\r\n"),
        CALL.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"),
        b"",
    ],
)
def test_whatever_is_not_certain_is_parsed(refusals: EarlyRefusals, data: bytes) -> None:
    assert refusals.answer_to(data) is None
