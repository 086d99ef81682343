"""Whatever is posted to a page: the answer is no fault of ours."""

from __future__ import annotations

import copy
import json
import re
import traceback
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import time
from typing import Any
from unittest import mock

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signals import got_request_exception
from django.db import transaction
from django.template.response import SimpleTemplateResponse
from django.test import Client
from django.urls import get_resolver

from apps.accounts.models import Booker, LoginSession, Role, User
from apps.accounts.services.sync_groups import sync_groups
from apps.common.clock import database_now
from apps.common.http.requests import Utf8Request
from apps.counseling.models import Attachment, CannedReply, CounselorProfile, Inquiry, OpeningHours, WrapUpCode
from apps.counseling.states import SessionStatus
from apps.orders.models import Order
from apps.orders.states import OrderStatus
from apps.payments.causes import CUSTOMER
from apps.payments.models import Payment, Refund
from apps.payments.states import PaymentStatus, RefundStatus
from tests.counseling_factories import make_category, make_counselor, make_session
from tests.factories import make_performance, make_user
from tests.integration.site.nasty_values import (
    FIRST,
    MULTIPART_BODIES,
    NASTY_FILES,
    NASTY_JSON,
    NASTY_TEXTS,
    URLENCODED_BODIES,
    WHOLE_BODIES,
    one_of,
)
from tests.integration.site.posted_forms import (
    ACT,
    TOKEN,
    Fields,
    Gathered,
    addresses,
    changeable,
    noticing,
    unread_routes,
)
from tests.order_factories import make_order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("as_often_as_anybody_likes")]

FAULT, AWAY, TOO_OFTEN, NOT_TAKEN = 500, 503, 429, 405
TEXTS = [*NASTY_TEXTS, *NASTY_JSON[:2], *NASTY_JSON[FIRST:]]
ROW = re.compile(r"-(?:\d+|__prefix__)-")
JSON_TYPE, TEXT_TYPE = "application/json", "application/x-www-form-urlencoded"
FORM_TYPE = "multipart/form-data"
OF_DJANGO = {"^(?P<app_label>auth|accounts|concerts|orders|payments|counseling)/$", "(?P<url>.*)$", "^api/"}
USUAL = {
    "email": "a@example.com", "username": "a@example.com", "password": "a good password 1", "nickname": "somebody",
    "password1": "a good password 1", "password2": "a good password 1", "new_password1": "another good one 1",
    "new_password2": "another good one 1", "name": "Somebody", "phone": "01012345678", "title": "A title",
    "slug": "a-slug", "code": "a-code", "shortcut": "hi", "content": "hello", "reason": "a reason", "text": "hello",
    "comment": "hello", "score": "5", "stars": "5", "bank": "20", "account_number": "1002123456789", "agree": "on",
    "holder_name": "Somebody", "position": "1", "price_krw": "1000", "_selected_action": "1", "post": "yes",
}  # fmt: skip


@pytest.fixture
def threads_end_with_the_test() -> None:
    """Nothing of what is posted is committed: it takes no thread but this one."""


@pytest.fixture(autouse=True)
def requests_as_the_site_reads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's client makes Django's own kind of request otherwise."""
    monkeypatch.setattr("django.test.client.WSGIRequest", Utf8Request)


class World:
    """Something of everything that an address may name."""

    def __init__(self) -> None:
        sync_groups()
        category, performance = make_category(), make_performance()
        self.customer, self.counselor = make_user(), make_counselor(category)
        self.staff = make_user(role=Role.STAFF)
        self.staff.is_superuser = True
        self.staff.save()
        paid, held = (
            make_order(self.customer, performance, status=status, skip=skip)
            for status, skip in ((OrderStatus.PAID, 0), (OrderStatus.RESERVED, 2))
        )
        refund = make_refund(paid)
        session = make_session(category, customer=self.customer, counselor=self.counselor, status=SessionStatus.ENDED)
        booker = Booker.objects.create(user=self.customer, name="Somebody", phone="01012345678", email="a@example.com")
        login = LoginSession.objects.create(
            user=self.customer, current_jti="1", last_used_at=database_now(), expires_at=database_now()
        )
        attachment = Attachment.objects.create(
            session=session, uploaded_by=self.customer, name="a.png", content_type="image/png", size_bytes=1,
            file="counseling/none.png", created_at=database_now(),
        )  # fmt: skip
        inquiry = Inquiry.objects.create(
            customer=self.customer,
            category=category,
            email="a@example.com",
            subject="hello",
            content="hello",
            created_at=database_now(),
        )
        self.known: dict[str, list[Any]] = {
            "order_id": [paid.pk, held.pk], "performance_id": [performance.pk], "venue_id": [performance.venue_id],
            "concert_id": [performance.concert_id],
            "refund_id": [refund.pk], "attachment_id": [attachment.pk], "booker_id": [booker.pk], "language": ["en"],
            "session_id": [session.pk], "uuid:session_id": [login.pk], "slug": [performance.concert.slug],
            "code": [paid.tickets.all()[0].code], "content_type_id": [1], "object_id": [1], "id": [self.customer.pk],
        }  # fmt: skip
        rows = [
            category, category.domain, performance, performance.concert, performance.venue, paid, self.customer,
            performance.concert.cancellation_policy, Group.objects.all()[0],
            CounselorProfile.objects.get(user=self.counselor), WrapUpCode.objects.create(code="done", name="Done"),
            OpeningHours.objects.create(category=category, weekday=1, opens_at=time(9), closes_at=time(18)),
            inquiry, CannedReply.objects.create(shortcut="hi", title="Hi", content="Hi"),
        ]  # fmt: skip
        self.objects = {row._meta.label_lower: row.pk for row in rows}

    @property
    def people(self) -> dict[str, User | None]:
        return {"nobody": None, "customer": self.customer, "counselor": self.counselor, "staff": self.staff}


def make_refund(order: Order) -> Refund:
    """A refund that has failed, of a deposit whose account nobody knows."""
    now, amount = database_now(), order.amount_krw
    payment = Payment.objects.create(
        order=order, payment_key="key", amount_krw=amount, balance_krw=amount, refundable_krw=0, created_at=now,
        status=PaymentStatus.CAPTURED, has_virtual_account=True, approved_at=now,
    )  # fmt: skip
    return Refund.objects.create(
        payment=payment, order=order, number=1, amount_krw=amount, cause=CUSTOMER.code, reason="cancelled",
        status=RefundStatus.FAILED, idempotency_key="1", requested_at=now,
    )  # fmt: skip


@dataclass(frozen=True)
class Sent:
    """A body, and what is to be said of it where it is answered by a fault."""

    body: Any
    content_type: str
    about: str


class Visitor:
    """Somebody at the site. What they post is undone after each answer, so that all of it meets the same world."""

    def __init__(self, user: User | None) -> None:
        self._user = user
        self._errors: list[str] = []
        self.faults: set[tuple[str, str, str]] = set()
        self.client = Client(raise_request_exception=False)
        got_request_exception.connect(self._note)
        self.log_in()

    def _note(self, **_: Any) -> None:
        self._errors.append(traceback.format_exc(limit=-2)[-300:])

    def log_in(self) -> None:
        self.client.cookies.clear()
        if self._user is not None:
            self.client.force_login(self._user)

    def page(self, address: str) -> str:
        answer = self.client.get(address)
        return answer.content.decode(errors="replace") if "html" in answer.headers.get("Content-Type", "") else ""

    def post(self, address: str, sent: Sent) -> int:
        cookies = copy.deepcopy(self.client.cookies)
        point = transaction.savepoint()
        try:
            if isinstance(sent.body, bytes):
                answer = self.client.generic("POST", address, sent.body, sent.content_type)
            else:
                answer = self.client.post(address, sent.body)
        finally:
            transaction.savepoint_rollback(point)
            self.client.cookies = cookies
        status = int(answer.status_code)
        assert status != TOO_OFTEN, f"{address} was not looked at"
        if status >= FAULT and status != AWAY:
            self.faults.add((address, sent.about, " / ".join(self._errors[-1:])))
        return status


def bodies(usual: Fields, names: list[str], files: set[str], part: int, *, is_by_hand: bool) -> Iterator[Sent]:
    """Yield what is posted to one address: the worst of all in every field, and files that are none.

    The admin's many forms, which are Django's, share the worst; where a view reads fields by hand, one is also missing
    at a time.
    """
    for value in TEXTS[:FIRST] if is_by_hand else TEXTS[:FIRST][part % 2 :: 2]:
        yield Sent(usual | {name: [value] for name in names}, FORM_TYPE, f"{value[:40]!r} in every field")
    yield Sent(usual | {name: ["1", "2", "\0"] for name in names}, FORM_TYPE, "all several times")
    for name in names if is_by_hand else ():
        yield Sent({other: usual[other] for other in usual if other != name}, FORM_TYPE, f"no {name}")
    for number, name in enumerate(sorted(files)):
        for title, content in NASTY_FILES[number % 2 :: 2]:
            uploaded = SimpleUploadedFile(title, content)
            yield Sent(usual | {name: [uploaded]}, FORM_TYPE, f"{name}: file {title!r} {content[:20]!r}")


def wrong_in_one(usual: Fields, names: list[str], part: int) -> Iterator[Sent]:
    """Yield bodies in which one field is wrong: what no field minds is saved."""
    for number, name in enumerate(names):
        value = one_of(TEXTS, part + number)
        yield Sent(usual | {name: [value]}, FORM_TYPE, f"{name}={value[:40]!r}")


def whole_bodies(part: int, count: int) -> list[Sent]:
    """Return some of the bodies that are no form at all: they are read before any view looks at them."""
    text, data = one_of(URLENCODED_BODIES, part // 3), one_of(WHOLE_BODIES, part // 3)
    kind, body = one_of(MULTIPART_BODIES, part // 3)
    every = [
        Sent(text, TEXT_TYPE, f"{TEXT_TYPE} {text[:60]!r}"),
        Sent(data, JSON_TYPE, f"{JSON_TYPE} {data[:60]!r}"),
        Sent(body, kind, f"{kind} {body[:60]!r}"),
    ]
    return [one_of(every, part + number) for number in range(count)]


def distinct(names: set[str]) -> list[str]:
    """Return one of those names that differ by their row's number."""
    return sorted({ROW.sub("-", name): name for name in sorted(names, reverse=True)}.values())


def sweep(visitor: Visitor, found: list[str]) -> None:
    """Post everything to every address; where it offers several acts, what is no form and what is usual to one."""
    forms = Gathered([(address, visitor.page(address)) for address in found])
    for part, address in enumerate(found):
        visitor.log_in()
        by_hand = not address.startswith("/admin/")
        if visitor.post(address, Sent({}, FORM_TYPE, "nothing")) == NOT_TAKEN:
            continue
        for number, usual in enumerate(forms.usual(address, USUAL)):
            with noticing() as read:
                about = f"what is usual {usual.get(ACT, '')}"
                visitor.post(address, Sent(usual | {TOKEN: ["no token"]}, FORM_TYPE, about))
            names = distinct(read.fields | set(usual))
            others = [name for name in names if name != ACT]
            files = read.files - read.fields
            for sent in bodies(usual, others, files, part, is_by_hand=by_hand) if names else ():
                visitor.post(address, sent)
            if number:
                continue
            with nullcontext() if by_hand else without_pages():
                for sent in (*wrong_in_one(usual, names, part), *whole_bodies(part, 3 if by_hand else 1)):
                    visitor.post(address, sent)


def without_pages() -> Any:
    """Render nothing: the same pages have been rendered with what is worse."""
    return mock.patch.object(SimpleTemplateResponse, "rendered_content", "")


@pytest.mark.parametrize("who", ["nobody", "customer", "counselor", "staff"])
def test_no_form_is_a_fault_of_ours(who: str) -> None:
    world = World()
    found, _ = addresses(world.known, world.objects)
    visitor = Visitor(world.people[who])
    sweep(visitor, [address for address in found if address.startswith("/admin/") == (who == "staff")])
    assert not visitor.faults, json.dumps(sorted(visitor.faults), indent=1, ensure_ascii=False)


def test_every_address_that_takes_a_post_is_among_them() -> None:
    world = World()
    _, unknown = addresses(world.known, world.objects)
    assert unknown == []
    assert set(unread_routes(get_resolver())) <= OF_DJANGO
    assert changeable() - set(world.objects) == set()
