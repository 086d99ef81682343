"""Which address a path means; the grammar of paths has tests of its own."""

import pytest

from apps.common.fastlane import Request, Response, Route
from apps.common.fastlane.routes import Router


async def answer(request: Request) -> Response:
    return Response(200)


ROUTES = [
    Route("GET", "/api/performances/{performance_id:int}/seats", answer),
    Route("POST", "/api/orders", answer, shared=True),
    Route("POST", "/api/orders/{order_id}/reserve", answer),
    Route("GET", "/api/orders/{order_id}", answer),
    Route("GET", "/api/orders/newest", answer),
]


def test_a_path_leads_to_its_address() -> None:
    found = Router(ROUTES).find("/api/orders/16-7K3M/reserve")

    assert found is not None
    assert (found.entry.path, found.parameters) == ("/api/orders/{order_id}/reserve", {"order_id": "16-7K3M"})


def test_any_other_path_is_left_to_django() -> None:
    assert Router(ROUTES).find("/API/orders") is None


def test_methods_of_one_address_are_found_together() -> None:
    found = Router([*ROUTES, Route("GET", "/api/orders", answer)]).find("/api/orders")

    assert found is not None
    assert found.entry.allow() == "GET, HEAD, OPTIONS, POST"
    assert found.entry.shared


def test_two_handlers_for_one_method_of_an_address_are_refused() -> None:
    with pytest.raises(ValueError, match="routed twice"):
        Router([*ROUTES, Route("POST", "/api/orders", answer)])


def test_one_address_under_two_names_is_refused() -> None:
    with pytest.raises(ValueError, match="two names"):
        Router([*ROUTES, Route("POST", "/api/orders/{number}", answer)])
