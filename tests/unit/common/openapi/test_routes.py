"""What the OpenAPI document says of the fast lane."""

from typing import Any

import msgspec
import pytest

from apps.common.errors import DomainError
from apps.common.fastlane import Id, Request, Response, Route
from apps.common.openapi.routes import NameTaken, add_routes


class SoldOut(DomainError):
    code = "test_sold_out"
    status = 409
    title = "Sold out"


class PlaceOrder(msgspec.Struct):
    performance_id: Id
    seat_ids: list[Id]


class PlacedOrder(msgspec.Struct):
    id: str
    booker: int | None = None


class Page(msgspec.Struct):
    since: int = 0


async def place_order(request: Request) -> Response:
    """Place an order.

    It waits ten minutes.
    """
    return Response(201)


async def look(request: Request) -> Response:
    return Response(200)


PLACE = Route(
    "POST", "/api/orders", place_order, body=PlaceOrder, responses={201: PlacedOrder}, errors=[SoldOut], tags=["orders"]
)
LOOK = Route(
    "GET",
    "/api/performances/{performance_id:int}/seats",
    look,
    query=Page,
    auth="optional",
    responses={200: PlacedOrder, 304: None},
    summary="The seat map",
)


def document_of(*routes: Route, **document: Any) -> dict[str, Any]:
    return add_routes({"openapi": "3.1.0", **document}, routes)


def test_an_operation_tells_its_body_and_its_answer() -> None:
    document = document_of(PLACE)
    operation = document["paths"]["/api/orders"]["post"]

    assert (operation["summary"], operation["description"]) == ("Place an order.", "It waits ten minutes.")
    assert operation["requestBody"] == {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/PlaceOrder"}}},
    }
    assert operation["responses"]["201"]["content"] == {
        "application/json": {"schema": {"$ref": "#/components/schemas/PlacedOrder"}}
    }
    assert document["components"]["schemas"]["PlaceOrder"]["required"] == ["performance_id", "seat_ids"]


def test_what_token_body_and_path_can_refuse_is_documented_by_itself() -> None:
    document = document_of(PLACE, LOOK)
    placed = document["paths"]["/api/orders"]["post"]["responses"]
    looked = document["paths"]["/api/performances/{performance_id}/seats"]["get"]["responses"]

    assert set(placed) == {"201", "400", "401", "408", "409", "413", "415", "422", "503"}
    assert set(looked) == {"200", "304", "401", "404", "422", "503"}
    assert placed["409"]["description"] == "`test_sold_out`: Sold out"
    assert list(placed["409"]["content"]) == ["application/problem+json"]
    assert "Retry-After" in placed["503"]["headers"]


def test_parameters_of_path_and_query_are_described() -> None:
    parameters = document_of(LOOK)["paths"]["/api/performances/{performance_id}/seats"]["get"]["parameters"]

    assert [(one["in"], one["name"], one["required"], one["schema"]["type"]) for one in parameters] == [
        ("path", "performance_id", True, "integer"),
        ("query", "since", False, "integer"),
    ]


def test_the_token_is_asked_for_by_the_name_that_the_document_has_for_it() -> None:
    components = {"securitySchemes": {"jwt": {"type": "http", "scheme": "bearer"}}}
    paths = document_of(PLACE, LOOK, components=components)["paths"]

    assert paths["/api/orders"]["post"]["security"] == [{"jwt": []}]
    assert paths["/api/performances/{performance_id}/seats"]["get"]["security"] == [{"jwt": []}, {}]


def test_the_other_methods_of_an_address_stay() -> None:
    paths = document_of(PLACE, paths={"/api/orders": {"get": {"operationId": "orders_list"}}})["paths"]

    assert set(paths["/api/orders"]) == {"get", "post"}


def test_a_name_that_would_mean_two_things_is_refused() -> None:
    with pytest.raises(NameTaken, match="PlacedOrder"):
        document_of(PLACE, components={"schemas": {"PlacedOrder": {"type": "string"}}})
