"""A customer and a counselor, from the request to the end, as STOMP clients see it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db.models import F

from apps.common.database.threads import in_database_thread
from apps.counseling.models import CounselAssignment, CounselLog, CounselMessage, CounselSession
from apps.counseling.routing import store
from apps.counseling.states import CounselorState, SessionStatus
from tests.integration.counseling.centre import Centre, hear_type, say, user_of
from tests.stomp_client import StompClient, json_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("connections_end_with_the_test")]


async def test_a_customer_is_told_their_place_and_then_who_answers() -> None:
    centre = await Centre.open()
    customer = await centre.customer()
    await centre.ask(customer, subject="refund")
    queued = await hear_type(customer, "QUEUED")
    assert queued["position"] == 1

    counselor = await centre.counselor()

    assigned, offered = await hear_type(customer, "ASSIGNED"), await hear_type(counselor, "ASSIGNED")
    assert assigned["session_id"] == queued["session_id"] == offered["session_id"]
    assert assigned["counselor"]["id"] == user_of(counselor)
    assert offered["subject"] == "refund"
    assert offered["customer"]["id"] == user_of(customer)


async def test_the_request_is_durable_before_its_receipt_and_the_same_one_again_is_one_session() -> None:
    centre = await Centre.open()
    customer = await centre.customer()
    await centre.ask(customer, request_id="r1")
    assert await CounselSession.objects.filter(request_id="r1").acount() == 1
    await centre.ask(customer, request_id="r1")

    assert await CounselSession.objects.acount() == 1


async def test_both_hear_each_message_once_and_in_order_and_the_receipt_comes_when_it_is_kept() -> None:
    centre = await Centre.open()
    customer, counselor, session_id = await centre.conversation()
    await say(customer, session_id, "Is my hold still good?", client_id="a", receipt="r1")
    await customer.hear("RECEIPT")
    assert await CounselMessage.objects.filter(content="Is my hold still good?").acount() == 1
    await say(counselor, session_id, "For eight minutes.", client_id="b")

    for client in (customer, counselor):
        first, second = await hear_type(client, "MESSAGE"), await hear_type(client, "MESSAGE")
        assert [first["content"], second["content"]] == ["Is my hold still good?", "For eight minutes."]
        assert [first["seq"], second["seq"]] == [2, 3]
        assert [first["sender"]["role"], second["sender"]["role"]] == ["customer", "counselor"]
        assert first["client_message_id"] == "a"


async def test_a_message_that_is_sent_again_is_delivered_once_and_answered_twice() -> None:
    centre = await Centre.open()
    customer, counselor, session_id = await centre.conversation()
    for receipt in ("r1", "r2"):
        await say(customer, session_id, "hello", client_id="same", receipt=receipt)
        assert (await customer.hear("RECEIPT")).headers["receipt-id"] == receipt
    await say(customer, session_id, "more", client_id="other")

    heard = [(await hear_type(counselor, "MESSAGE"))["content"] for _ in range(2)]
    assert heard == ["hello", "more"]
    assert await CounselMessage.objects.filter(content="hello").acount() == 1


async def test_who_comes_back_gets_what_came_after_the_last_number_they_saw() -> None:
    centre = await Centre.open()
    customer, counselor, session_id = await centre.conversation()
    await say(counselor, session_id, "one", client_id="1")
    last = (await hear_type(customer, "MESSAGE"))["seq"]
    customer.connection.lost()
    await say(counselor, session_id, "two", client_id="2")
    await say(counselor, session_id, "three", client_id="3")

    again = StompClient(centre.server)
    await again.connect(user_id=user_of(customer))
    await again.subscribe(f"/sub/session/{session_id}", last_seq=str(last))

    assert [(await again.hear_json())["content"] for _ in range(2)] == ["two", "three"]


async def test_who_comes_back_is_told_that_somebody_has_answered() -> None:
    centre = await Centre.open()
    _, counselor, session_id = await centre.conversation()
    again = await centre.customer(await in_database_thread(_customer_of, session_id))

    assigned = await hear_type(again, "ASSIGNED")

    assert (assigned["session_id"], assigned["counselor"]["id"]) == (session_id, user_of(counselor))


def _customer_of(session_id: int):  # type: ignore[no-untyped-def]
    return CounselSession.objects.select_related("customer").get(pk=session_id).customer


async def test_typing_and_reading_are_told_and_not_kept() -> None:
    centre = await Centre.open()
    customer, counselor, session_id = await centre.conversation()
    await customer.send(f"/pub/session/{session_id}", {"type": "TYPING"})
    typing = await hear_type(counselor, "TYPING")
    await counselor.send(f"/pub/session/{session_id}", {"type": "READ", "seq": 99})
    read = await hear_type(customer, "READ")

    assert typing["sender"] == {"id": user_of(customer), "role": "customer"}
    assert read["seq_read"] == 1
    assert await CounselMessage.objects.filter(session=session_id).acount() == 1


async def test_card_and_resident_numbers_are_masked_before_anybody_sees_them() -> None:
    centre = await Centre.open()
    customer, counselor, session_id = await centre.conversation()
    await say(customer, session_id, "card 4111 1111 1111 1111, id 900101-1234567")

    heard = await hear_type(counselor, "MESSAGE")

    assert heard["content"] == "card **** **** **** 1111, id 900101-*******"
    kept = await CounselMessage.objects.filter(session=session_id, type="MESSAGE").aget()
    assert kept.content == heard["content"]


async def test_nothing_that_is_said_keeps_the_event_loop_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    centre = await Centre.open()
    customer, counselor, session_id = await centre.conversation()
    masking: list[int] = []

    def note_the_thread(text: str) -> str:
        masking.append(threading.get_ident())
        return text

    monkeypatch.setattr("apps.counseling.services.send_message.mask", note_the_thread)
    await say(customer, session_id, "1 1 1")
    await hear_type(counselor, "MESSAGE")

    assert len(masking) == 1
    assert threading.get_ident() not in masking


async def test_an_end_is_told_logged_and_frees_the_counselor_once() -> None:
    centre = await Centre.open()
    customer, counselor, session_id = await centre.conversation()
    for client in (customer, counselor):
        await client.send(f"/pub/session/{session_id}", {"type": "END"}, receipt="end")
        await client.hear("RECEIPT")

    for client in (customer, counselor):
        assert (await hear_type(client, "ENDED"))["reason"] == "customer"
    session = await CounselSession.objects.aget(pk=session_id)
    assert (session.status, session.end_reason) == (SessionStatus.ENDED, "customer")
    assert await CounselLog.objects.filter(pk=session_id).acount() == 1
    assert await CounselAssignment.objects.filter(session=session_id, is_live=None).acount() == 1
    (view,) = await in_database_thread(store.team, [user_of(counselor)])
    assert (view.load, view.state) == (0, CounselorState.AFTER_CALL)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"type": "MESSAGE", "client_message_id": "x", "content": "   "}, "validation_error"),
        ({"type": "MESSAGE", "client_message_id": "x", "content": "x" * 4001}, "validation_error"),
        ({"type": "MESSAGE", "content": "no id"}, "validation_error"),
        ({"type": "DANCE"}, "validation_error"),
        ({"type": "MESSAGE", "client_message_id": "x", "content": "hi", "attachment_id": 1}, "validation_error"),
        (b"\xff", "malformed_body"),
    ],
)
async def test_nonsense_is_refused_and_changes_nothing(body: object, code: str) -> None:
    centre = await Centre.open()
    customer, _, session_id = await centre.conversation()
    await customer.send(f"/pub/session/{session_id}", body)

    assert (await hear_type_of_error(customer))["code"] == code
    assert await CounselMessage.objects.filter(session=session_id).acount() == 1


async def hear_type_of_error(client: StompClient) -> dict[str, str]:
    while (frame := await client.hear("MESSAGE")).headers["destination"] != "/user/queue/errors":
        continue
    answer: dict[str, str] = json_of(frame)
    return answer


async def test_after_the_end_nothing_is_said() -> None:
    centre = await Centre.open()
    customer, _, session_id = await centre.conversation()
    await customer.send(f"/pub/session/{session_id}", {"type": "END"}, receipt="end")
    await customer.hear("RECEIPT")
    before = await CounselMessage.objects.filter(session=session_id).acount()
    await say(customer, session_id, "one more thing", client_id="late")

    assert (await hear_type_of_error(customer))["code"] == "session_state"
    assert await CounselMessage.objects.filter(session=session_id).acount() == before


async def test_nobody_hears_or_speaks_in_another_ones_conversation() -> None:
    centre = await Centre.open()
    _, _, session_id = await centre.conversation()
    stranger, colleague = await centre.customer(), await centre.counselor(ready=False)
    for client in (stranger, colleague):
        await say(client, session_id, "let me in")
        assert (await hear_type_of_error(client))["code"] == "not_found"
        refused = await client.subscribe(f"/sub/session/{session_id}")
        assert (refused.command, refused.headers["code"]) == ("ERROR", "not_found")
    assert await CounselMessage.objects.filter(session=session_id).acount() == 1


async def test_nobody_listens_at_another_ones_desk() -> None:
    centre = await Centre.open()
    counselor = await centre.counselor()
    for client in (await centre.customer(), await centre.counselor(ready=False)):
        refused = await client.subscribe(f"/sub/counselor/{user_of(counselor)}")
        assert refused.headers["code"] == "not_found"


async def test_counselors_do_not_ask() -> None:
    centre = await Centre.open()
    counselor = await centre.counselor()
    await counselor.send("/pub/match/request", {"category_id": centre.category.pk})

    assert (await hear_type_of_error(counselor))["code"] == "permission_denied"
    assert await CounselSession.objects.acount() == 0


async def test_everybody_who_waits_is_told_when_their_place_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.counseling.destinations.positions.EVERY_SECONDS", 0.01)
    centre = await Centre.open()
    first, second = await centre.customer(), await centre.customer()
    await centre.ask(first)
    await hear_type(first, "QUEUED")
    await centre.ask(second)
    while (await hear_type(second, "QUEUED"))["position"] != 2:
        continue
    await centre.counselor(capacity=1)

    while (await hear_type(second, "QUEUED"))["position"] != 1:
        continue


async def test_a_desk_is_told_how_many_wait_when_that_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.counseling.destinations.presence.EVERY_SECONDS", 0.01)
    centre = await Centre.open()
    counselor = await centre.counselor(ready=False)
    assert (await hear_type(counselor, "QUEUE"))["waiting"] == 0
    await centre.ask(await centre.customer())

    while (await hear_type(counselor, "QUEUE"))["waiting"] != 1:
        continue


async def test_who_waits_for_long_is_offered_an_inquiry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.counseling.destinations.positions.EVERY_SECONDS", 0.01)
    centre = await Centre.open()
    customer = await centre.customer()
    await centre.ask(customer)
    assert (await hear_type(customer, "QUEUED"))["inquiry_offered"] is False

    await CounselSession.objects.aupdate(requested_at=F("requested_at") - timedelta(seconds=301))

    while not (await hear_type(customer, "QUEUED"))["inquiry_offered"]:
        continue
    session = await CounselSession.objects.select_related("customer").aget()
    come_back = await centre.customer(session.customer)
    assert (await hear_type(come_back, "QUEUED"))["inquiry_offered"] is True
