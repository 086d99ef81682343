"""A counseling centre in a test: customers and counselors who are connected by STOMP to the site's destinations."""

from __future__ import annotations

from typing import Any

from apps.accounts.models import Role, User
from apps.common.database.threads import in_database_thread
from apps.counseling.destinations import DESTINATIONS
from apps.counseling.models import Category
from apps.counseling.services.counselor_states import change_counselor_state
from apps.counseling.states import CounselorState
from apps.stomp.server import ERRORS
from tests.counseling_factories import make_category, make_counselor
from tests.factories import make_user
from tests.stomp_client import StompClient, make_server


class Centre:
    """One process of the site, with one category unless more are made."""

    def __init__(self, category: Category) -> None:
        self.category = category
        self.server = make_server(DESTINATIONS)

    @classmethod
    async def open(cls) -> Centre:
        return cls(await in_database_thread(make_category))

    async def customer(self, user: User | None = None, *, listens: bool = True) -> StompClient:
        """A customer who hears of their requests."""
        person = user or await in_database_thread(make_user)
        client = StompClient(self.server)
        await client.connect(user_id=person.pk)
        if listens:
            await client.subscribe(ERRORS)
            await client.subscribe("/user/queue/match")
        return client

    async def counselor(self, *, capacity: int = 3, ready: bool = True) -> StompClient:
        """A counselor at a desk."""
        person = await in_database_thread(make_counselor, self.category, capacity=capacity)
        client = StompClient(self.server)
        await client.connect(user_id=person.pk, role=Role.COUNSELOR)
        await client.subscribe(ERRORS)
        await client.subscribe(f"/sub/counselor/{person.pk}")
        await self.be(client, CounselorState.ONLINE)
        if ready:
            await self.be(client, CounselorState.READY)
        return client

    async def be(self, client: StompClient, state: CounselorState) -> None:
        """Let a counselor change their state."""
        await in_database_thread(change_counselor_state, user_of(client), state)

    async def ask(self, client: StompClient, **more: Any) -> None:
        await client.send("/pub/match/request", {"category_id": self.category.pk, **more}, receipt="asked")
        await client.hear("RECEIPT", "ERROR")

    async def conversation(self) -> tuple[StompClient, StompClient, int]:
        """A customer and a counselor who talk; both hear the conversation, from its beginning."""
        counselor, customer = await self.counselor(), await self.customer()
        await self.ask(customer)
        session_id = (await hear_type(customer, "ASSIGNED"))["session_id"]
        for client in (customer, counselor):
            await client.subscribe(f"/sub/session/{session_id}", last_seq="0")
        return customer, counselor, session_id


def user_of(client: StompClient) -> int:
    assert client.connection.client is not None
    return client.connection.client.user.user_id


async def hear_type(client: StompClient, *types: str) -> Any:
    """Wait for a MESSAGE of one of these types (others before it are passed over)."""
    while (event := await client.hear_json()).get("type") not in types:
        continue
    return event


async def say(client: StompClient, session_id: int, content: str, *, client_id: str = "c1", receipt: str = "") -> None:
    body = {"type": "MESSAGE", "client_message_id": client_id, "content": content}
    await client.send(f"/pub/session/{session_id}", body, **({"receipt": receipt} if receipt else {}))
