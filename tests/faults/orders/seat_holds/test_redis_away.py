"""Redis stopped, killed, emptied: nothing is granted meanwhile, nor before the seats were rebuilt."""

from __future__ import annotations

import pytest

from apps.common.errors import ServiceUnavailable
from apps.common.fastlane import FastLane
from apps.concerts.errors import SeatStateNotReady
from apps.concerts.seat_map import fast
from apps.orders.seat_holds import store
from tests.fast_lane import client_of
from tests.seat_state import PERFORMANCE, SeatState
from tests.servers import PrivateRedis

ANN, BOB = 1, 2


@pytest.fixture
def seat_state(redis_server: PrivateRedis, monkeypatch: pytest.MonkeyPatch) -> SeatState:
    return SeatState(monkeypatch)


def test_without_redis_no_seat_changes_hands(redis_server: PrivateRedis, seat_state: SeatState) -> None:
    order_id, hold = seat_state.hold(ANN, 0)
    redis_server.stop()

    for call in (
        lambda: seat_state.check(BOB, 1),
        lambda: store.reserve(order_id, user_id=ANN),
        lambda: store.extend_hold(order_id, until=seat_state.in_seconds(60)),
        lambda: store.release_hold(order_id, version=hold.version),
        lambda: store.mark_sold(order_id),
    ):
        with pytest.raises(ServiceUnavailable):
            call()


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_after_a_restart_nothing_is_granted_before_the_seats_are_rebuilt(
    redis_server: PrivateRedis, seat_state: SeatState, end: str
) -> None:
    order_id, hold = seat_state.hold(ANN, 0)
    seat_state.redis.config_set("appendfsync", "always")
    seat_state.redis.set("written", 1)

    getattr(redis_server, end)()
    redis_server.start()

    with pytest.raises(SeatStateNotReady):
        store.reserve(order_id, user_id=ANN)
    seat_state.build()
    assert seat_state.hold(BOB, 0)[1].version > hold.version


def test_an_emptied_redis_grants_nothing_until_it_is_rebuilt(redis_server: PrivateRedis, seat_state: SeatState) -> None:
    order_id = seat_state.draft(ANN, 0)
    seat_state.lose()

    with pytest.raises(SeatStateNotReady):
        store.reserve(order_id, user_id=ANN)
    seat_state.build()
    assert seat_state.hold(BOB, 0)


async def test_the_seat_map_says_when_to_come_back(redis_server: PrivateRedis, seat_state: SeatState) -> None:
    async def nothing(scope: object, receive: object, send: object) -> None:
        raise AssertionError("the seat map is on the fast lane")

    address = f"/api/performances/{PERFORMANCE}/seats"
    async with client_of(FastLane(fast.ROUTES, fallback=nothing)) as client:
        assert (await client.get(address)).status_code == 200
        redis_server.stop()
        away = await client.get(address)
        layout = await client.get(f"/api/performances/{PERFORMANCE}/layout")

    assert (away.status_code, away.json()["code"], away.headers["retry-after"]) == (503, "service_unavailable", "1")
    assert layout.status_code == 200
