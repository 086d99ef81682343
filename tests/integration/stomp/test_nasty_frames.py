"""Whatever somebody sends over STOMP: it is refused in the contract's words, and nobody else notices."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest

from apps.accounts.models import Role
from apps.common.database.threads import in_database_thread
from apps.concerts.models import WaitingRoomMode
from apps.concerts.waiting_room import store
from apps.concerts.waiting_room.services.open_line import open_line
from apps.counseling.models import CounselSession
from apps.counseling.states import SessionStatus
from apps.stomp.destinations import Destination, SendRequest, SubscribeRequest
from apps.stomp.protocol.decoder import Frame
from apps.stomp.protocol.versions import Version
from apps.stomp.server import ERRORS, StompServer
from tests.counseling_factories import make_category, make_counselor, make_session
from tests.factories import make_performance, make_user
from tests.fast_lane import access_token
from tests.integration.site.nasty_values import NASTY_JSON, NASTY_PATHS, NASTY_TEXTS, WHOLE_BODIES, body_with, share
from tests.integration.stomp.nasty_frames import (
    AFTERWARDS,
    BEGINNINGS,
    NAMES,
    NASTY_CLAIMS,
    NASTY_HEADERS,
    TOKENS,
    TWICE,
)
from tests.order_client import threads_end_with_the_test
from tests.stomp_client import StompClient, budgets, json_of, make_server
from ticketlive.stomp import stomp_destinations

__all__ = ["threads_end_with_the_test"]

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = (Role.CUSTOMER, Role.COUNSELOR)
MANY = 10**6


class Noticed(dict[str, str]):
    """Headers that note what is looked up in them."""

    names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return super().get(name, default)


class Site:
    """One process with all of the site's destinations: notes what their handlers read of a frame."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.kinds: dict[str, type] = {}
        self.table = stomp_destinations()
        read = SendRequest.read

        def noting(request: SendRequest, kind: Any) -> Any:
            self.kinds[self._pattern_of(request)] = kind
            return read(request, kind)

        monkeypatch.setattr(SendRequest, "read", noting)
        self.server = make_server(
            [self._noticing(one) for one in self.table],
            budgets=budgets(
                connections=MANY, subscriptions=MANY, send_burst=MANY, byte_burst=MANY * MANY, address_factor=1
            ),
        )

    def _pattern_of(self, request: SendRequest) -> str:
        return self.server.destinations.find(request.destination)[0].pattern

    @staticmethod
    def _noticing(destination: Destination) -> Destination:
        subscribe = destination.subscribe
        if subscribe is None:
            return destination

        async def noticing(request: SubscribeRequest) -> Any:
            return await subscribe(replace(request, headers=Noticed(request.headers)))

        return replace(destination, subscribe=noticing)


class World:
    """What destinations name, and who may go there."""

    def __init__(self) -> None:
        category = make_category()
        self.customer, self.counselor = make_user(), make_counselor(category)
        session = make_session(
            category, customer=self.customer, status=SessionStatus.IN_PROGRESS, counselor=self.counselor
        )
        self.asked = make_category()
        self.line = make_performance(mode=WaitingRoomMode.QUEUE)
        open_line(self.line.pk)
        self.params = {
            "session_id": [session.pk],
            "counselor_id": [self.counselor.pk],
            "performance_id": [make_performance().pk, self.line.pk],
        }
        self.fields: dict[str, Any] = {
            "category_id": self.asked.pk, "subject": "hello", "request_id": "r", "content": "hello",
            "client_message_id": "c", "seq": 1, "attachment_id": None,
        }  # fmt: skip

    def forget_requests(self) -> None:
        """Let the next request be a new one."""
        CounselSession.objects.filter(category=self.asked).update(is_open=None, request_id=None)

    def destinations_of(self, pattern: str) -> list[str]:
        """Return where a pattern leads in this world."""
        names = [part[1:-1].partition(":")[0] for part in pattern.split("/") if part.startswith("{")]
        values = itertools.product(*(self.params[name] for name in names))
        return [_filled(pattern, dict(zip(names, some, strict=True))) for some in values]


def _filled(pattern: str, values: dict[str, Any]) -> str:
    parts = pattern.split("/")
    named = [str(values[part[1:-1].partition(":")[0]]) if part.startswith("{") else part for part in parts]
    return "/".join(named)


def kinds_of_body(kind: type | None, usual: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a good body for each word that its fields with a choice may have."""
    if kind is None:
        yield {}
        return
    hints = get_type_hints(kind)
    choices = {name: get_args(hint) for name, hint in hints.items() if get_origin(hint) is Literal}
    rest = {name: usual[name] for name in hints if name not in choices}
    for words in itertools.product(*choices.values()):
        yield rest | dict(zip(choices, words, strict=True))


class Sweeper:
    """Somebody who sends what they like, and logs in again after each ERROR."""

    def __init__(self, server: StompServer, *, user_id: int, role: str) -> None:
        self._server, self._user_id, self._role = server, user_id, role
        self._numbers = itertools.count()
        self._client: StompClient | None = None
        self.faults: set[str] = set()
        self.accepted: set[str] = set()

    async def _connected(self) -> StompClient:
        if self._client is None or self._client.transport.closed is not None:
            self._client = StompClient(self._server)
            await self._client.connect(user_id=self._user_id, role=self._role)
            await self._client.subscribe(ERRORS)
        return self._client

    async def ask(self, command: str, headers: dict[str, str], body: bytes = b"", *, about: str) -> bool:
        """Say something, and hear what comes of it: a receipt, a refusal or the end; tell whether it was taken."""
        client, receipt = await self._connected(), f"r{next(self._numbers)}"
        await client.say(command, {"receipt": receipt, **headers}, body)
        while True:
            answer = await client.hear()
            if answer.command == "RECEIPT":
                self.accepted.add(about)
                return True
            if answer.command == "ERROR":
                break
            if answer.headers.get("destination") == ERRORS:
                break
        if is_fault(answer):
            self.faults.add(f"{command} {headers!r:.200} {body[:80]!r}")
        return False

    async def end(self) -> None:
        if self._client is not None:
            self._client.connection.lost()
            self._client = None


def errors_in(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


def is_fault(answer: Frame) -> bool:
    """Whether a refusal says that something of ours is broken, or is not in the words of the contract."""
    if answer.headers.get("content-type") == "application/problem+json":
        problem = json_of(answer)
        return problem["status"] >= 500 or not {"type", "title", "status", "code"} <= problem.keys()
    return not answer.headers.get("message")


def bodies(kind: type | None, usual: dict[str, Any], part: int) -> Iterator[bytes]:
    """Yield bodies; in each one thing is wrong."""
    yield from WHOLE_BODIES
    yield from TWICE
    for good in kinds_of_body(kind, usual):
        for name in good:
            for value in share(NASTY_JSON, part, len(PEOPLE)):
                yield body_with(name, value, good)
            yield msgspec.json.encode({other: good[other] for other in good if other != name})


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    return Site(monkeypatch)


async def make_world() -> World:
    world = await in_database_thread(World)
    await store.join(world.line.pk, world.customer.pk)
    return world


@pytest.mark.parametrize(("part", "role"), list(enumerate(PEOPLE)))
async def test_nothing_that_is_sent_to_a_destination_is_a_fault_of_ours(
    site: Site, caplog: pytest.LogCaptureFixture, part: int, role: Role
) -> None:
    world = await make_world()
    user_id = (world.counselor if role == Role.COUNSELOR else world.customer).pk
    bystander, sweeper = StompClient(site.server), Sweeper(site.server, user_id=user_id, role=role)
    await bystander.connect(user_id=world.counselor.pk, role=Role.COUNSELOR)
    await bystander.subscribe(f"/sub/counselor/{world.counselor.pk}")
    for one in site.table:
        for destination in world.destinations_of(one.pattern):
            await sweep(sweeper, one, destination, site, world, part)
    await sweep_addresses(sweeper, site.table, part)
    await sweeper.end()

    assert sweeper.faults == set()
    assert errors_in(caplog) == []
    assert bystander.transport.closed is None
    await bystander.say("UNSUBSCRIBE", {"id": "1", "receipt": "alive"})
    assert (await bystander.hear("RECEIPT")).headers["receipt-id"] == "alive"


async def sweep(sweeper: Sweeper, one: Destination, destination: str, site: Site, world: World, part: int) -> None:
    """Send all that is nasty to one destination, and listen to it in all nasty ways."""
    if one.send is not None:
        await sweeper.ask("SEND", {"destination": destination}, b"{}", about="")
        kind = site.kinds.get(one.pattern)
        for body in bodies(kind, world.fields, part):
            if await sweeper.ask("SEND", {"destination": destination}, body, about=destination):
                await in_database_thread(world.forget_requests)
        for name, value in headers(NAMES, part):
            await sweeper.ask("SEND", {"destination": destination, name: value}, b"{}", about=destination)
    if one.subscribe is not None:
        ids = itertools.count()
        await sweeper.ask("SUBSCRIBE", {"destination": destination, "id": f"a{next(ids)}"}, about=one.pattern)
        for name, value in headers((*NAMES, *sorted(Noticed.names)), part):
            wanted = {"destination": destination, "id": f"b{next(ids)}{part}"}
            await sweeper.ask("SUBSCRIBE", wanted | {name: value}, about=destination)
            await sweeper.end()


def headers(names: tuple[str, ...], part: int) -> Iterator[tuple[str, str]]:
    for name in names:
        for value in share(NASTY_HEADERS, part, len(PEOPLE)):
            if name != "receipt" or value:
                yield name, value


async def sweep_addresses(sweeper: Sweeper, table: list[Destination], part: int) -> None:
    """Name what is not there, in every place of every destination."""
    texts = [text for text in NASTY_TEXTS if not set("\0\n\r:\\").intersection(text)]
    for one in table:
        names = [name for name in one.pattern.split("/") if name.startswith("{")]
        for name in names:
            for value in share([*NASTY_PATHS, *texts], part, len(PEOPLE)):
                destination = one.pattern.replace(name, value)
                await sweeper.ask("SEND", {"destination": destination}, b"{}", about=destination)
                await sweeper.ask("SUBSCRIBE", {"destination": destination, "id": "c"}, about=destination)
                await sweeper.end()


async def test_every_destination_is_reached_by_the_sweep(site: Site) -> None:
    """By somebody who means well, so that what is nasty in it is looked at and not turned away before."""
    world, reached = await make_world(), set()
    for user, role in ((world.customer, Role.CUSTOMER), (world.counselor, Role.COUNSELOR)):
        sweeper = Sweeper(site.server, user_id=user.pk, role=role)
        for one in site.table:
            for destination in world.destinations_of(one.pattern):
                if one.subscribe is not None:
                    await sweeper.ask("SUBSCRIBE", {"destination": destination, "id": "a"}, about=one.pattern)
                    await sweeper.end()
                if one.send is not None:
                    await sweeper.ask("SEND", {"destination": destination}, b"{}", about="")
                    for good in kinds_of_body(site.kinds.get(one.pattern), world.fields):
                        body = msgspec.json.encode(good)
                        await sweeper.ask("SEND", {"destination": destination}, body, about=one.pattern)
        await sweeper.end()
        reached |= sweeper.accepted

    assert {one.pattern for one in site.table} <= reached


async def outcome_of(client: StompClient, sent: bytes | str) -> str:
    """Send something; return what is wrong with what comes of it, or an empty text."""
    await client.connection.received(sent)
    frames, closed = client.transport.frames, client.transport.closed
    errors = [frame for frame in frames if frame.command == "ERROR"]
    wrong = [frame for frame in errors if is_fault(frame)]
    if wrong or (errors and (frames[-1].command != "ERROR" or closed is None)):
        return f"{sent[:80]!r}: {frames}"
    client.connection.lost()
    return ""


async def test_no_frame_before_the_log_in_is_a_fault_of_ours(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    bystander = StompClient(site.server)
    await bystander.connect(user_id=2)
    tokens = [f"CONNECT\naccept-version:1.2\nAuthorization:{token}\n\n\0".encode() for token in TOKENS]
    for claims in NASTY_CLAIMS:
        bearer = f"Bearer {access_token(**claims)}"
        tokens.append(f"CONNECT\naccept-version:1.2\nAuthorization:{bearer}\n\n\0".encode())
    found = [await outcome_of(StompClient(site.server), sent) for sent in [*BEGINNINGS, *tokens]]

    assert [one for one in found if one] == []
    assert errors_in(caplog) == []
    assert bystander.transport.closed is None


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
async def test_no_frame_after_the_log_in_is_a_fault_of_ours(
    site: Site, caplog: pytest.LogCaptureFixture, version: Version
) -> None:
    bystander, found = StompClient(site.server), []
    await bystander.connect(user_id=2)
    for sent in AFTERWARDS:
        client = StompClient(site.server)
        client.transport.speak(version)
        await client.ask("CONNECT", {"accept-version": version, "Authorization": f"Bearer {access_token()}"})
        found.append(await outcome_of(client, sent))

    assert [one for one in found if one] == []
    assert errors_in(caplog) == []
    assert bystander.transport.closed is None
