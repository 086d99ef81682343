"""Whatever somebody sends to the API, as whoever they are logged in: the answer is no fault of ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from django.contrib.auth.models import Permission
from drf_spectacular.generators import SchemaGenerator

from apps.accounts.models import Role, User
from apps.common.database.threads import in_database_thread
from apps.counseling.states import SessionStatus
from apps.orders.states import OrderStatus
from tests.counseling_factories import make_category, make_counselor, make_session
from tests.factories import make_performance, make_user, seat_ids
from tests.fast_lane import bearer
from tests.integration.site.nasty_values import (
    MULTIPART_BODIES,
    NASTY_JSON,
    NASTY_PATHS,
    NASTY_TEXTS,
    WHOLE_BODIES,
    body_with,
    share,
)
from tests.order_factories import make_order

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("as_often_as_anybody_likes")]

PEOPLE = ("nobody", "customer", "counselor", "staff")
PARTS = len(PEOPLE)
METHODS = ("get", "post", "put", "patch", "delete")
FAULT, AWAY, TOO_OFTEN = 500, 503, 429


def make_supervisor() -> User:
    """One who may do all that the API lets anybody do."""
    user = make_user(role=Role.STAFF)
    user.user_permissions.set(Permission.objects.all())
    return user


class World:
    """Somebody of each kind, and what they have: the values with which a request would succeed."""

    def __init__(self) -> None:
        category = make_category()
        self.counselor, self.customer = make_counselor(category), make_user()
        self.staff = make_supervisor()
        session = make_session(
            category, customer=self.customer, status=SessionStatus.IN_PROGRESS, counselor=self.counselor
        )
        performance = make_performance()
        order = make_order(self.customer, performance, status=OrderStatus.RESERVED)
        self.paths = {
            "session_id": session.pk, "performance_id": performance.pk, "order_id": order.pk, "id": order.pk,
            "concert_id": performance.concert_id,
        }  # fmt: skip
        self.fields: dict[str, Any] = {
            "performance_id": performance.pk, "seat_ids": seat_ids(performance, 1), "category_id": category.pk,
            "order_id": order.pk, "orderId": order.pk, "paymentKey": "key", "amount": 1, "email": "a@example.com",
            "password": "a good password 1", "nickname": "somebody", "name": "Somebody", "phone": "01012345678",
            "content": "hello", "subject": "hello", "text": "hello", "title": "hello", "score": 5, "reason": "CUSTOMER",
            "data": {"orderId": order.pk}, "eventType": "PAYMENT_STATUS_CHANGED", "counselor_id": self.counselor.pk,
        }  # fmt: skip

    @property
    def people(self) -> dict[str, dict[str, str]]:
        """Headers of everybody who might ask."""
        return {
            "nobody": {},
            "customer": bearer(user_id=self.customer.pk),
            "counselor": bearer(user_id=self.counselor.pk, role=Role.COUNSELOR),
            "staff": bearer(user_id=self.staff.pk, role=Role.STAFF),
        }


class Call:
    """An operation of the OpenAPI document."""

    def __init__(self, path: str, method: str, operation: Any, schemas: Any) -> None:
        self.path, self.method = path, method
        self.queries = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
        content = operation.get("requestBody", {}).get("content", {})
        self.has_body = bool(content)
        self.takes_files = any(kind.startswith("multipart/") for kind in content)
        self.fields = _fields(content.get("application/json", {}).get("schema", {}), schemas)

    def uploads(self, paths: dict[str, Any], part: int) -> Iterator[tuple[str, bytes, str]]:
        """Yield bodies that are no files, and what they claim to be."""
        if self.takes_files:
            for kind, body in share(MULTIPART_BODIES, part, PARTS):
                yield self.path.format_map(_Ones(paths)), body, kind

    def requests(self, paths: dict[str, Any], fields: dict[str, Any], part: int) -> Iterator[tuple[str, bytes | None]]:
        """Yield addresses and bodies; in each one thing is wrong."""
        path, body = self.path.format_map(_Ones(paths)), b"{}" if self.has_body else None
        usual = {name: fields[name] for name in self.fields if name in fields}
        for name in [segment[1:-1] for segment in self.path.split("/") if segment.startswith("{")]:
            for value in share(NASTY_PATHS, part, PARTS):
                yield self.path.format_map(_Ones({**paths, name: value})), body
        for name in self.queries:
            for value in share(NASTY_TEXTS, part, PARTS):
                yield f"{path}?{name}={quote(value)}", body
        yield f"{path}?%ff=%ed%a0%80&page=%00", body
        if self.has_body:
            for whole in share(WHOLE_BODIES, part, PARTS):
                yield path, whole
        for name in self.fields:
            for value in share(NASTY_JSON, part, PARTS):
                yield path, body_with(name, value, usual)


class _Ones(dict[str, Any]):
    """Ids that are 1 where nothing better is known."""

    def __missing__(self, name: str) -> int:
        return 1


def _fields(schema: Any, schemas: Any) -> list[str]:
    """Return the names of a body's fields, through references."""
    if "$ref" in schema:
        return _fields(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    names = list(schema.get("properties", ()))
    for part in (*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())):
        names += _fields(part, schemas)
    return names


def calls() -> list[Call]:
    """Return every operation of both lanes."""
    document = SchemaGenerator().get_schema(request=None, public=True)
    schemas = document["components"]["schemas"]
    return [
        Call(path, method, operation, schemas)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if method in METHODS
    ]


@pytest.mark.parametrize(("part", "who"), list(enumerate(PEOPLE)))
async def test_no_input_is_a_fault_of_ours(site: httpx.AsyncClient, part: int, who: str) -> None:
    world = await in_database_thread(World)
    headers, faults = world.people[who], set()
    for call in calls():
        for address, body, kind in call.uploads(world.paths, part):
            named: dict[str, Any] = {"content-type": kind.encode("latin-1")}
            answer = await site.request(call.method.upper(), address, content=body, headers=headers | named)
            if answer.status_code >= FAULT and answer.status_code != AWAY:
                faults.add((call.method, call.path, kind, body[:80]))
        for address, body in call.requests(world.paths, world.fields, part):
            named = {} if body is None else {"content-type": "application/json"}
            answer = await site.request(call.method.upper(), address, content=body, headers=headers | named)
            assert answer.status_code != TOO_OFTEN, f"{address} was not looked at"
            if answer.status_code >= FAULT and answer.status_code != AWAY:
                faults.add((call.method, call.path, address[-60:], (body or b"")[:80]))
    assert not faults, sorted(faults)
