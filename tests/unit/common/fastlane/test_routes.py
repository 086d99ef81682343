"""Which address a path means."""

import pytest

from apps.common.fastlane import MAX_ID, Request, Response, Route
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


@pytest.mark.parametrize(
    ("path", "template", "parameters"),
    [
        ("/api/performances/16/seats", "/api/performances/{performance_id:int}/seats", {"performance_id": 16}),
        ("/api/orders", "/api/orders", {}),
        ("/api/orders/16-7K3M/reserve", "/api/orders/{order_id}/reserve", {"order_id": "16-7K3M"}),
        ("/api/orders/16-7K3M", "/api/orders/{order_id}", {"order_id": "16-7K3M"}),
        ("/api/orders/newest", "/api/orders/newest", {}),
    ],
)
def test_a_path_leads_to_its_address(path: str, template: str, parameters: dict[str, object]) -> None:
    match = Router(ROUTES).find(path)

    assert match is not None
    assert match.address.path == template
    assert match.parameters == parameters


@pytest.mark.parametrize("path", ["/", "", "/api/orders/16/reserve/now", "//api/orders", "/API/orders"])
def test_any_other_path_is_left_to_django(path: str) -> None:
    assert Router(ROUTES).find(path) is None


@pytest.mark.parametrize("text", ["", "x", "-1", "+1", " 1", "1.0", "1_0", "١", str(MAX_ID + 1), "9" * 5000])
def test_what_is_no_id_is_not_found(text: str) -> None:
    match = Router(ROUTES).find(f"/api/performances/{text}/seats")

    assert match is not None
    assert match.parameters is None


def test_an_order_without_an_id_is_not_found() -> None:
    match = Router(ROUTES).find("/api/orders/")

    assert match is not None
    assert match.parameters is None


def test_two_handlers_for_one_method_of_an_address_are_refused() -> None:
    with pytest.raises(ValueError, match="routed twice"):
        Router([*ROUTES, Route("POST", "/api/orders", answer)])


def test_one_address_under_two_names_is_refused() -> None:
    with pytest.raises(ValueError, match="two names"):
        Router([*ROUTES, Route("POST", "/api/orders/{number}", answer)])


def test_long_paths_fill_no_memory() -> None:
    router = Router(ROUTES)
    for number in range(10):
        assert router.find(f"/api/orders/{number}{'x' * 1_000}") is not None
        assert router.find("/x" * 10_000) is None

    assert router._find_again.cache_info().currsize == 0
