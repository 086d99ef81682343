"""The database goes away while somebody speaks: no receipt for what is not kept, and said again it is kept once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, connections

from apps.common.database.threads import database_threads
from apps.common.redis import pipelined_redis
from apps.counseling.models import CounselMessage
from apps.counseling.services import send_message
from apps.counseling.services.send_message import talking
from apps.stomp.hub import current_hub
from apps.stomp.server import ERRORS
from tests.integration.counseling.centre import Centre, hear_type, say
from tests.servers import free_port
from tests.stomp_client import StompClient, json_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _writers_end_with_the_test(transactional_db: None) -> Iterator[None]:
    yield
    talking.close()
    database_threads().close()
    database_threads.cache_clear()


async def refusal(client: StompClient) -> str:
    """Wait for the refusal of a SEND and return its code."""
    while (frame := await client.hear("MESSAGE")).headers["destination"] != ERRORS:
        continue
    return str(json_of(frame)["code"])


def receipts(client: StompClient) -> list[str]:
    return [frame.headers["receipt-id"] for frame in client.transport.frames if frame.command == "RECEIPT"]


async def test_no_receipt_without_the_database_and_the_repeat_is_kept_once(monkeypatch: pytest.MonkeyPatch) -> None:
    centre = await Centre.open()
    customer, counselor, session_id = await centre.conversation()
    talking.close()  # the next message needs a connection
    with monkeypatch.context() as away:
        away.setitem(connections.settings["default"], "PORT", str(free_port()))
        away.setitem(connections.settings["default"], "HOST", "127.0.0.1")
        await say(customer, session_id, "Are you there?", client_id="same", receipt="first")
        assert await refusal(customer) == "service_unavailable"
    assert receipts(customer) == []
    assert not await CounselMessage.objects.filter(content="Are you there?").aexists()

    for receipt in ("second", "third"):
        await say(customer, session_id, "Are you there?", client_id="same", receipt=receipt)
        assert (await customer.hear("RECEIPT")).headers["receipt-id"] == receipt

    assert (await hear_type(counselor, "MESSAGE"))["seq"] == 2
    assert await CounselMessage.objects.filter(content="Are you there?").acount() == 1
    await current_hub().aclose()
    await pipelined_redis().aclose()


async def test_a_connection_that_breaks_in_the_transaction_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    centre = await Centre.open()
    customer, counselor, session_id = await centre.conversation()
    look_up, accidents = send_message._moment_and_senders, [kill_own_connection]

    def break_once(user_ids: set[int]) -> Any:
        if accidents:
            accidents.pop()()
        return look_up(user_ids)

    monkeypatch.setattr(send_message, "_moment_and_senders", break_once)
    await say(customer, session_id, "Are you there?", receipt="r")
    await customer.hear("RECEIPT")

    assert not accidents
    assert (await hear_type(counselor, "MESSAGE"))["seq"] == 2
    assert await CounselMessage.objects.filter(session=session_id).acount() == 2
    await current_hub().aclose()
    await pipelined_redis().aclose()


def kill_own_connection() -> None:
    """End this thread's connection from another one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT CONNECTION_ID()")
        (own_id,) = cursor.fetchone()
    killer = connections.create_connection("default")
    with killer.cursor() as cursor:
        cursor.execute("KILL %s", [own_id])
    killer.close()
