"""The OpenAPI document is built once, and is the same for all who ask."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer

from apps.common.openapi import document as api_document
from tests.fast_lane import bearer

JSON = {"format": "json"}


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """One entry for each time that the document was built."""
    built: list[None] = []
    build = api_document.SchemaGenerator.get_schema

    def count(*args: object, **kwargs: object) -> object:
        built.append(None)
        return build(*args, **kwargs)

    monkeypatch.setattr(api_document.SchemaGenerator, "get_schema", count)
    return built


def test_it_is_built_once_however_many_ask_and_in_whatever_form(built: list[None]) -> None:
    def ask(number: int) -> int:
        return int(Client().get("/api/schema", JSON if number % 2 else {}).status_code)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(24))) == {200}

    assert len(built) == 1


def test_each_form_is_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    for kind in (OpenApiJsonRenderer, OpenApiYamlRenderer):
        monkeypatch.setattr(kind, "render", _counted(kind.render, written))
    api_document._kept.cache_clear()

    for _ in range(3):
        for asked in ({}, JSON):
            assert Client().get("/api/schema", asked).status_code == 200

    assert sorted(written) == ["json", "yaml"]


def _counted(render: Callable[..., bytes], written: list[str]) -> Callable[..., bytes]:
    def count(renderer: Any, *args: Any, **kwargs: Any) -> bytes:
        written.append(renderer.format)
        return render(renderer, *args, **kwargs)

    return count


def test_whoever_has_it_gets_it_no_second_time() -> None:
    first = Client().get("/api/schema", JSON)

    again = Client().get("/api/schema", JSON, headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert again["Cache-Control"] == first["Cache-Control"] == "public, max-age=60"


def test_each_form_has_a_tag_of_its_own_and_caches_are_told_so() -> None:
    as_json, as_yaml = Client().get("/api/schema", JSON), Client().get("/api/schema")
    packed = Client().get("/api/schema", JSON, headers={"Accept-Encoding": "gzip"})

    assert len({answer["ETag"] for answer in (as_json, as_yaml, packed)}) == 3
    assert {"accept", "accept-encoding"} <= {name.strip().lower() for name in as_json["Vary"].split(",")}
    assert as_yaml["Content-Type"] == "application/vnd.oai.openapi; charset=utf-8"
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == as_json.content
    assert Client().get("/api/schema", JSON, headers={"If-None-Match": as_yaml["ETag"]}).status_code == 200


def test_it_is_the_same_in_every_language_and_for_everybody() -> None:
    plain = Client().get("/api/schema", JSON)

    for asked, headers in (
        (JSON | {"lang": "ko"}, {}),
        (JSON | {"version": "9"}, {}),
        (JSON, {"Accept-Language": "ko"}),
        (JSON, bearer(role="staff")),
    ):
        assert Client().get("/api/schema", asked, headers=headers).content == plain.content
    document = json.loads(plain.content)
    assert document["openapi"].startswith("3.")
    assert {"/api/orders", "/api/concerts", "/api/auth/login"} <= set(document["paths"])
    assert "/api/schema" not in document["paths"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("post", "/api/inquiries"), ("post", "/api/sessions/{session_id}/end"), ("get", "/api/concerts"),
     ("patch", "/api/orders/{order_id}"), ("post", "/api/orders/{order_id}/cancel"), ("post", "/api/auth/login")],
)  # fmt: skip
def test_it_says_where_one_can_ask_too_often(method: str, path: str) -> None:
    operation = json.loads(Client().get("/api/schema", JSON).content)["paths"][path][method]

    assert "too_many_requests" in operation["responses"]["429"]["description"]
