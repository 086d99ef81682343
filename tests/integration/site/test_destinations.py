"""Every STOMP destination of the site is in the table, has its row in docs/stomp.md, and refuses whom it is not for.

Who may comes before what it says: a stranger hears nothing of what is wrong with a body.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

from apps.accounts.models import Role, User
from apps.common.clock import database_now
from apps.common.database.threads import in_database_thread
from apps.concerts.models import WaitingRoomMode
from apps.concerts.waiting_room.services.open_line import open_line
from apps.counseling.models import CounselMessage, CounselSession
from apps.stomp.server import ERRORS
from tests.counseling_factories import make_category, make_counselor
from tests.factories import make_performance, make_user
from tests.integration.counseling.conftest import connections_end_with_the_test, threads_end_with_the_test
from tests.stomp_client import StompClient, json_of, make_server
from ticketlive.stomp import stomp_destinations

__all__ = ["connections_end_with_the_test", "threads_end_with_the_test"]

CHECKOUT = Path(__file__).resolve().parents[3]

Verb = Literal["SEND", "SUBSCRIBE"]
Use = tuple[Verb, str]
"""What is done at a destination: (verb, its pattern)."""


def uses() -> set[Use]:
    """Everything that can be done over STOMP at this site."""
    table = stomp_destinations()
    sends: set[Use] = {("SEND", one.pattern) for one in table if one.send is not None}
    return sends | {("SUBSCRIBE", one.pattern) for one in table if one.subscribe is not None}


def test_no_module_has_a_destination_that_the_site_has_not() -> None:
    pattern = re.compile(r"""\bDestination\(\s*"([^"]+)\"""")
    modules = [path for path in (CHECKOUT / "apps").rglob("*.py") if "stomp" not in path.relative_to(CHECKOUT).parts]
    written = {name for module in modules for name in pattern.findall(module.read_text())}

    assert written == {one.pattern for one in stomp_destinations()}, "ticketlive/stomp.py, or the app's own table"


def test_the_page_of_stomp_has_a_row_for_each_destination_and_no_other() -> None:
    rows = re.findall(r"^\| (SEND|SUBSCRIBE) \| `(/[^`]+)` \|", (CHECKOUT / "docs/stomp.md").read_text(), re.MULTILINE)
    wanted = [("SUBSCRIBE", ERRORS), *((verb, without_types(pattern)) for verb, pattern in uses())]

    assert sorted(rows) == sorted(wanted)


def without_types(pattern: str) -> str:
    return re.sub(r":\w+}", "}", pattern)


# Who may


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody whom a destination is not for, and the code of the refusal."""

    refusal: str
    role: str = Role.CUSTOMER
    of: Callable[[], dict[str, int]] = dict
    """Makes what the destination's parameters name: it is there, and is not theirs."""
    body: Any = field(default_factory=dict)


def another_ones_session() -> dict[str, int]:
    session = CounselSession.objects.create(customer=make_user(), category=make_category(), requested_at=database_now())
    return {"session_id": session.pk}


def another_ones_desk() -> dict[str, int]:
    return {"counselor_id": make_counselor().pk}


def a_sale_behind_a_line() -> dict[str, int]:
    performance = make_performance(mode=WaitingRoomMode.QUEUE)
    open_line(performance.pk)
    return {"performance_id": performance.pk}


MESSAGE = {"type": "MESSAGE", "client_message_id": "c1", "content": "let me in"}
STRANGERS: dict[Use, list[Stranger]] = {
    ("SUBSCRIBE", "/sub/performances/{performance_id:int}/seats"): [
        Stranger("access_pass_required", of=a_sale_behind_a_line)
    ],
    ("SUBSCRIBE", "/sub/waiting-room/{performance_id:int}"): [Stranger("not_in_line", of=a_sale_behind_a_line)],
    ("SEND", "/pub/match/request"): [Stranger("permission_denied", role=Role.COUNSELOR)],
    ("SUBSCRIBE", "/sub/session/{session_id:int}"): [
        Stranger("not_found", of=another_ones_session),
        Stranger("not_found", role=Role.COUNSELOR, of=another_ones_session),
    ],
    ("SEND", "/pub/session/{session_id:int}"): [
        Stranger("not_found", of=another_ones_session, body=MESSAGE),
        Stranger("not_found", of=another_ones_session, body={"type": "TYPING"}),
        Stranger("not_found", of=another_ones_session, body={"type": "READ", "seq": 1}),
        Stranger("not_found", of=another_ones_session, body={"type": "END"}),
        Stranger("not_found", role=Role.COUNSELOR, of=another_ones_session, body=MESSAGE),
    ],
    ("SUBSCRIBE", "/sub/counselor/{counselor_id:int}"): [
        Stranger("not_found", of=another_ones_desk),
        Stranger("not_found", role=Role.COUNSELOR, of=another_ones_desk),
    ],
}
OF_EVERYBODY: set[Use] = {("SUBSCRIBE", "/user/queue/match")}
"""Each account hears what is its own there, so there is no stranger."""


def test_each_destination_says_here_whom_it_is_not_for() -> None:
    assert STRANGERS.keys() | OF_EVERYBODY == uses()


def a_counselor_or_customer(role: str) -> User:
    return make_counselor() if role == Role.COUNSELOR else make_user()


async def use(client: StompClient, verb: Verb, destination: str, body: Any) -> str:
    """Do it, and return the code of the refusal."""
    if verb == "SUBSCRIBE":
        answer = await client.subscribe(destination)
        return answer.headers.get("code", answer.command)
    await client.send(destination, body)
    problem: dict[str, str] = json_of(await client.hear("MESSAGE", "ERROR"))
    return problem["code"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("connections_end_with_the_test")
@pytest.mark.parametrize(
    ("use_of", "stranger"),
    [(use_of, one) for use_of, strangers in STRANGERS.items() for one in strangers],
    ids=lambda value: value.role if isinstance(value, Stranger) else " ".join(value),
)
async def test_a_stranger_is_refused_and_nothing_comes_of_it(use_of: Use, stranger: Stranger) -> None:
    verb, pattern = use_of
    parameters = await in_database_thread(stranger.of)
    user = await in_database_thread(a_counselor_or_customer, stranger.role)
    client = StompClient(make_server(stomp_destinations()))
    await client.connect(user_id=user.pk, role=stranger.role)
    await client.subscribe(ERRORS)
    sessions = await CounselSession.objects.acount()

    code = await use(client, verb, without_types(pattern).format(**parameters), stranger.body)

    assert code == stranger.refusal
    assert await CounselSession.objects.acount() == sessions
    assert await CounselMessage.objects.acount() == 0


BROKEN = {
    "no JSON": b"{",
    "no text": b"\xff",
    "nothing": b"",
    "too deep": b"[" * 10_000,
    "no object": b"[]",
    "an unknown type": b'{"type": "SHOUT", "category_id": 0}',
    "fields missing": b'{"type": "MESSAGE", "content": "hello"}',
    "numbers too large": b'{"type": "READ", "seq": 99999999999, "category_id": 99999999999999999999}',
}
OF_THE_BODY = {"malformed_body", "validation_error"}
SENDS = sorted(pattern for verb, pattern in uses() if verb == "SEND")
SENDING_STRANGERS = [
    (pattern, *stranger)
    for pattern in SENDS
    for stranger in sorted({(one.role, one.refusal) for one in STRANGERS["SEND", pattern]})
]
OWN: dict[str, Callable[[User], dict[str, int]]] = {
    "/pub/match/request": lambda _: {},
    "/pub/session/{session_id:int}": lambda user: {
        "session_id": CounselSession.objects.create(
            customer=user, category=make_category(), requested_at=database_now()
        ).pk
    },
}
"""A customer's own place at each destination to send to."""


async def sender(role: str) -> tuple[User, StompClient]:
    user = await in_database_thread(a_counselor_or_customer, role)
    client = StompClient(make_server(stomp_destinations()))
    await client.connect(user_id=user.pk, role=role)
    await client.subscribe(ERRORS)
    return user, client


async def refusal_of_transaction(client: StompClient, *sends: tuple[str, bytes]) -> str:
    await client.say("BEGIN", {"transaction": "t"})
    for destination, body in sends:
        await client.send(destination, body, transaction="t")
    await client.say("COMMIT", {"transaction": "t"})
    problem: dict[str, str] = json_of(await client.hear("MESSAGE"))
    return problem["code"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("connections_end_with_the_test")
@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize(("pattern", "role", "refusal"), SENDING_STRANGERS)
async def test_a_stranger_is_refused_before_anything_is_said_of_their_body(
    pattern: str, role: str, refusal: str, body: bytes
) -> None:
    parameters = await in_database_thread(STRANGERS["SEND", pattern][0].of)
    _, client = await sender(role)
    place = without_types(pattern).format(**parameters)

    assert await use(client, "SEND", place, body) == refusal
    assert await refusal_of_transaction(client, (place, body)) == refusal
    assert await refusal_of_transaction(client, (place, body), (place, b'{"type": "END"}')) == refusal


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("connections_end_with_the_test")
@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("pattern", SENDS)
async def test_who_may_send_is_told_what_is_wrong(pattern: str, body: bytes) -> None:
    user, client = await sender(Role.CUSTOMER)
    parameters = await in_database_thread(OWN[pattern], user)

    assert await use(client, "SEND", without_types(pattern).format(**parameters), body) in OF_THE_BODY


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("connections_end_with_the_test")
async def test_in_a_transaction_one_place_that_is_not_ones_own_is_enough() -> None:
    user, client = await sender(Role.CUSTOMER)
    own, others = await in_database_thread(OWN[SENDS[-1]], user), await in_database_thread(another_ones_session)
    said = b'{"client_message_id": "c1", "content": "hello"}'

    code = await refusal_of_transaction(
        client, (f"/pub/session/{own['session_id']}", said), (f"/pub/session/{others['session_id']}", b"{")
    )

    assert code == "not_found"
