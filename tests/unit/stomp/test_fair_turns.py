"""However much one client sends at once, the others have their turns meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from apps.common.fastlane import Claims
from apps.stomp.connection import HANDLED_A_TURN, StompConnection
from apps.stomp.consumer import StompConsumer
from apps.stomp.protocol.session import Wire
from apps.stomp.server import StompServer

FRAMES = 20 * HANDLED_A_TURN
CONNECT = "CONNECT\naccept-version:1.2\nhost:shop\nAuthorization:Bearer x\n\n\0"
BEGIN_AND_ABORT = "BEGIN\ntransaction:t\n\n\0ABORT\ntransaction:t\n\n\0"


class Anybody:
    async def authenticate(self, authorization: str) -> Claims:
        return Claims(user_id=1, role="CUSTOMER", session_id="s-1", expires_at=int(time.time()) + 3_600)

    async def ended(self, session_ids: Any) -> set[str]:
        return set()


class Nowhere:
    def send(self, frame: Wire) -> None: ...

    def close(self, code: int, reason: str) -> None: ...


class Turns:
    """Somebody else of the event loop, who counts the own turns."""

    def __init__(self) -> None:
        self.count = 0
        self._task = asyncio.create_task(self._go_round())

    async def _go_round(self) -> None:
        while True:
            self.count += 1
            await asyncio.sleep(0)

    def stop(self) -> None:
        self._task.cancel()


@pytest.fixture
async def turns() -> AsyncIterator[Turns]:
    others = Turns()
    yield others
    others.stop()


def server() -> StompServer:
    made = StompServer([], authenticator=Anybody())
    made._watching = asyncio.get_running_loop().create_future()  # nobody's log-in ends here
    made._watching.set_result(None)
    return made


async def test_the_frames_of_one_message_give_way(turns: Turns) -> None:
    connection = StompConnection(Nowhere(), server=server())
    await connection.received(CONNECT)
    before = turns.count

    await connection.received(BEGIN_AND_ABORT * (FRAMES // 2))

    assert turns.count - before >= FRAMES // HANDLED_A_TURN


@pytest.mark.parametrize("said", ["\n", BEGIN_AND_ABORT], ids=["heart-beats", "frames"])
async def test_messages_that_have_come_already_give_way(turns: Turns, said: str) -> None:
    messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    messages.put_nowait({"type": "websocket.connect"})
    for text in (CONNECT, *[said] * FRAMES):
        messages.put_nowait({"type": "websocket.receive", "text": text})
    messages.put_nowait({"type": "websocket.disconnect"})

    async def send(_message: dict[str, Any]) -> None: ...

    scope = {"type": "websocket", "headers": [], "subprotocols": []}
    await StompConsumer(server=server())(scope, messages.get, send)

    assert turns.count >= FRAMES // HANDLED_A_TURN
