"""After a loss of Redis every connection is asked for whether its log-in has ended, however many there are."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisAway

from apps.accounts import stomp_login
from apps.accounts.ended_logins import ended_key
from apps.accounts.stomp_login import StompLogin
from apps.common.fastlane import Claims
from apps.common.redis import connection, pipelined_redis, sync_redis
from apps.stomp.server import StompServer


class Login:
    """Answers when the test says so, with those whose log-ins had ended when it was asked."""

    def __init__(self) -> None:
        self.ended_by_now: set[str] = set()
        self.asked = 0
        self.may_answer = asyncio.Event()
        self.is_away = False

    async def authenticate(self, authorization: str) -> Claims:
        raise NotImplementedError

    async def ended(self, session_ids: Iterable[str]) -> set[str]:
        self.asked += 1
        if self.is_away:
            raise RedisAway
        seen = self.ended_by_now & set(session_ids)
        await self.may_answer.wait()
        return seen


class Connection:
    def __init__(self) -> None:
        self.codes: list[Any] = []
        self.client = None

    def give_up(self, error: Any) -> None:
        self.codes.append(error.code)


def connected(login: Login) -> tuple[StompServer, Connection]:
    server, one = StompServer([], authenticator=login), Connection()
    server._connections["s-1"] = {one}
    return server, one


async def finished(server: StompServer) -> None:
    assert server._checking is not None
    await server._checking


async def test_a_loss_while_it_is_asked_has_it_asked_once_more() -> None:
    login = Login()
    server, one = connected(login)
    server.resynchronise()
    await asyncio.sleep(0)
    login.ended_by_now = {"s-1"}  # behind the question, and what told of it was lost
    server.resynchronise()
    login.may_answer.set()
    await finished(server)

    assert one.codes == ["login_ended"]
    assert login.asked == 2


async def test_while_redis_is_away_the_loop_turns_between_two_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    login = Login()
    server, one = connected(login)
    login.is_away, login.ended_by_now = True, {"s-1"}
    monkeypatch.setattr("apps.stomp.server.PAUSE_SECONDS", 0.0)
    server.resynchronise()
    while login.asked < 3:
        await asyncio.sleep(0)
    login.is_away = False
    login.may_answer.set()
    await finished(server)

    assert one.codes == ["login_ended"]


async def test_more_log_ins_than_calls_may_wait_at_redis_are_asked_for_some_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "MAX_WAITING_CALLS", 10)
    monkeypatch.setattr(stomp_login, "ASKED_AT_ONCE", 10, raising=False)
    sessions = [f"s-{number}" for number in range(25)]
    for session_id in ("s-3", "s-24"):
        sync_redis().set(ended_key(session_id), 1)

    ended = await StompLogin().ended(sessions)
    await pipelined_redis().aclose()

    assert ended == {"s-3", "s-24"}
