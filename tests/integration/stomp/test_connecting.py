"""Logging in, staying and leaving, over a real Redis."""

from __future__ import annotations

import time
from collections.abc import Iterable

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from apps.accounts import ended_logins
from apps.accounts.stomp_login import StompLogin
from apps.common.redis import sync_redis
from apps.stomp import pulse
from tests.fast_lane import access_token
from tests.servers import PrivateRedis
from tests.stomp_client import StompClient, json_of, make_server

SESSION_ID = "0123456789abcdef0123456789abcdef"  # of the tokens in tests/fast_lane.py


async def test_whoever_has_a_good_token_is_connected_under_their_id() -> None:
    answer = await StompClient(make_server()).connect(user_id=7)

    assert answer.command == "CONNECTED"
    assert answer.headers["user-name"] == "7"
    assert answer.headers["version"] == "1.2"


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("", "token_invalid"),
        ("nonsense", "token_invalid"),
    ],
)
async def test_without_a_good_token_there_is_an_error_and_the_end(token: str, code: str) -> None:
    client = StompClient(make_server())
    answer = await client.connect(token)

    assert answer.command == "ERROR"
    assert answer.headers["code"] == code
    assert json_of(answer)["status"] == 401
    assert (await client.is_closed())[0] == 1008


async def test_an_expired_token_connects_nobody() -> None:
    answer = await StompClient(make_server()).connect(access_token(exp=int(time.time()) - 1))

    assert answer.headers["code"] == "token_invalid"


async def test_a_token_in_another_scheme_is_none() -> None:
    client = StompClient(make_server())
    answer = await client.ask("CONNECT", {"accept-version": "1.2", "Authorization": "Basic dXNlcg=="})

    assert answer.headers["code"] == "not_authenticated"


async def test_the_header_may_be_written_in_small_letters() -> None:
    client = StompClient(make_server())
    answer = await client.ask("CONNECT", {"accept-version": "1.2", "authorization": f"Bearer {access_token()}"})

    assert answer.command == "CONNECTED"


async def test_the_connection_ends_with_its_token() -> None:
    client = StompClient(make_server())
    await client.connect(access_token(exp=int(time.time()) + 1))

    answer = await client.hear()

    assert (answer.command, answer.headers["code"]) == ("ERROR", "token_expired")
    assert (await client.is_closed())[0] == 1008


async def test_the_connections_of_a_log_in_end_at_once_when_it_ends_and_no_others() -> None:
    server = make_server()
    one, other, stranger = StompClient(server), StompClient(server), StompClient(server)
    await one.connect()
    await other.connect()
    await stranger.connect(access_token(user_id=2, sid="f" * 32))

    ended_logins.announce(session_ids=[SESSION_ID])

    assert (await one.hear()).headers["code"] == "login_ended"
    assert (await other.hear()).headers["code"] == "login_ended"
    assert stranger.transport.closed is None
    assert (await StompClient(server).connect()).headers["code"] == "login_ended"


async def test_an_end_that_was_told_while_redis_was_away_is_found_afterwards(redis_server: PrivateRedis) -> None:
    client = StompClient(make_server())
    await client.connect()
    redis_server.kill()
    redis_server.start()
    sync_redis().set(ended_logins.ended_key(SESSION_ID), 1)

    assert (await client.hear()).headers["code"] == "login_ended"


async def test_whoever_does_not_log_in_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "CONNECT_SECONDS", 0.01)
    client = StompClient(make_server())

    assert (await client.hear()).headers["code"] == "not_authenticated"


async def test_a_client_that_promised_heart_beats_and_sends_none_is_closed() -> None:
    client = StompClient(make_server())
    token = access_token()
    await client.ask("CONNECT", {"accept-version": "1.2", "heart-beat": "10000,0", "Authorization": f"Bearer {token}"})
    client.connection._pulse.heard_at -= 19
    client.connection._pulse.look()
    assert client.transport.closed is None

    client.connection._pulse.heard_at -= 2
    client.connection._pulse.look()

    assert client.transport.closed == (1008, "silent")


async def test_a_client_that_wants_heart_beats_gets_them_while_nothing_else_is_sent() -> None:
    client = StompClient(make_server())
    token = access_token()
    await client.ask("CONNECT", {"accept-version": "1.2", "heart-beat": "0,10000", "Authorization": f"Bearer {token}"})
    client.connection._pulse.look()
    assert client.transport.heart_beats == 0

    client.connection._pulse.sent_at -= 6
    client.connection._pulse.look()

    assert client.transport.heart_beats == 1


async def test_a_broken_frame_is_told_and_ends_the_connection() -> None:
    client = StompClient(make_server())
    await client.connect()
    answer = await client.ask("NONSENSE", {"receipt": "r"})

    assert (answer.command, answer.headers["receipt-id"]) == ("ERROR", "r")
    assert await client.is_closed() == (1008, "protocol")


async def test_good_bye_is_answered_before_the_close() -> None:
    client = StompClient(make_server())
    await client.connect()
    answer = await client.ask("DISCONNECT", {"receipt": "bye"})

    assert (answer.command, answer.headers["receipt-id"]) == ("RECEIPT", "bye")
    assert (await client.is_closed())[0] == 1000


async def test_an_end_is_found_though_redis_hears_again_before_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    server = make_server()
    client = StompClient(server)
    await client.connect()
    assert client.connection.client is not None
    session_id = client.connection.client.user.session_id
    answers: list[set[str] | Exception] = [RedisConnectionError("away"), {session_id}]

    async def ended(_self: StompLogin, _session_ids: Iterable[str]) -> set[str]:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(StompLogin, "ended", ended)
    server.resynchronise()

    assert (await client.hear("ERROR")).headers["code"] == "login_ended"
