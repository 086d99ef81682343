"""The fast lane's part of the OpenAPI document, made from its routes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec
from django.conf import settings
from django.utils.module_loading import import_string

from apps.common import errors
from apps.common.fastlane import MAX_ID, Route
from apps.common.openapi.schema import BODY_REFUSALS

REF_TEMPLATE = "#/components/schemas/{name}"
RETRY_AFTER = {"Retry-After": {"schema": {"type": "integer"}, "description": "seconds"}}
PROBLEM = {
    "type": "object",
    "description": "An RFC 9457 problem document; further members depend on the code.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
    },
    "required": ["code", "detail", "status", "title", "type"],
}


PARAMETER = re.compile(r"<[^>]+>|\{[^}]+\}")


class NameTaken(Exception):
    """Two different schemas of the document have one name."""


def merge_fast_lane(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add the routes of `settings.FAST_LANE_ROUTES` to the document (a drf-spectacular postprocessing hook)."""
    return add_routes(result, import_string(settings.FAST_LANE_ROUTES)())


def add_routes(document: dict[str, Any], routes: Iterable[Route]) -> dict[str, Any]:
    """Describe each route under its path, and its Structs under the document's components.

    Raises NameTaken where a Struct has the name of another schema that says something else.
    """
    routes = [route for route in routes if not route.partial]  # the fallback describes those
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas.setdefault("Problem", PROBLEM)
    types = list(dict.fromkeys(kind for route in routes for kind in _json_types(route)))
    references, definitions = msgspec.json.schema_components(types, ref_template=REF_TEMPLATE)
    for name, definition in definitions.items():
        if schemas.setdefault(name, definition) != definition:
            raise NameTaken(f"the fast lane's {name} and a serializer's differ: one of them needs another name")
    schema_of = dict(zip(types, references, strict=True))
    scheme = _bearer_scheme(components)
    paths = document.setdefault("paths", {})
    for route in routes:
        path = paths.setdefault(route.pattern.bare, {})
        path[route.method.lower()] = _operation(route, schema_of=schema_of, scheme=scheme)
    document["paths"] = dict(sorted(paths.items()))
    return document


def add_budgets(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add 429 to every operation that is taken from a budget of `REQUEST_RATES` (a postprocessing hook)."""
    by_kind = {
        kind: {PARAMETER.sub("{}", f"/{route}") for route, name in table.items() if name in settings.REQUEST_RATES}
        for kind, table in settings.REQUEST_BUDGETS.items()
    }
    for path, operations in result.get("paths", {}).items():
        for method, operation in operations.items():
            if PARAMETER.sub("{}", path) in by_kind["searches" if method == "get" else "writes"]:
                operation["responses"].setdefault("429", _answer_of(errors.TooManyRequests))
    result.get("components", {}).setdefault("schemas", {}).setdefault("Problem", PROBLEM)
    return result


def _answer_of(refusal: type[errors.DomainError]) -> dict[str, Any]:
    return {
        "description": f"`{refusal.code}`: {refusal.title}",
        "content": {errors.PROBLEM_CONTENT_TYPE: {"schema": {"$ref": REF_TEMPLATE.format(name="Problem")}}},
        "headers": RETRY_AFTER,
    }


def refusals(route: Route) -> list[type[errors.DomainError]]:
    """Return every refusal of a route: those it declares and those that follow from what it takes."""
    found: list[type[errors.DomainError]] = [*route.errors, errors.ServiceUnavailable]
    if route.auth == "required":
        found += [errors.NotAuthenticated, errors.TokenInvalid]
    elif route.auth == "optional":
        found.append(errors.TokenInvalid)
    if any(parameter.is_id for parameter in route.pattern.parameters):
        found.append(errors.NotFound)
    if route.body is not None:
        found += BODY_REFUSALS
    elif route.query is not None:
        found.append(errors.ValidationFailed)
    return list(dict.fromkeys(found))


def _json_types(route: Route) -> list[type]:
    """Return the types whose JSON a route reads or answers with."""
    return [kind for kind in (route.body, route.query, *route.responses.values()) if kind is not None]


def _bearer_scheme(components: dict[str, Any]) -> str:
    """Return the name that the document has for `Authorization: Bearer`, giving it one if there is none."""
    schemes: dict[str, Any] = components.setdefault("securitySchemes", {})
    for name, scheme in schemes.items():
        if scheme.get("type") == "http" and scheme.get("scheme", "").lower() == "bearer":
            return str(name)
    schemes["bearer"] = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    return "bearer"


def _operation(route: Route, *, schema_of: dict[Any, Any], scheme: str) -> dict[str, Any]:
    summary, _, description = (route.handler.__doc__ or "").partition("\n")
    operation: dict[str, Any] = {
        "operationId": getattr(route.handler, "__name__", route.path),
        "summary": route.summary or summary,
        "description": description.strip(),
        "tags": list(route.tags),
        "parameters": [*_path_parameters(route), *_query_parameters(route)],
        "security": {"required": [{scheme: []}], "optional": [{scheme: []}, {}], "none": [{}]}[route.auth],
        "responses": _responses(route, schema_of),
    }
    if route.body is not None:
        operation["requestBody"] = {
            "required": _is_required(route.body),
            "content": {"application/json": {"schema": schema_of[route.body]}},
        }
    return operation


def _is_required(body: Any) -> bool:
    return body is dict or any(field.required for field in msgspec.structs.fields(body))


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    an_id = {"type": "integer", "minimum": 0, "maximum": MAX_ID}
    return [
        {"in": "path", "name": name, "required": True, "schema": an_id if is_id else {"type": "string"}}
        for _, name, is_id in route.pattern.parameters
    ]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    _, definitions = msgspec.json.schema_components([route.query], ref_template=REF_TEMPLATE)
    schema = definitions[route.query.__name__]
    required = schema.get("required", [])
    return [
        {"in": "query", "name": name, "required": name in required, "schema": value}
        for name, value in schema["properties"].items()
    ]


def _responses(route: Route, schema_of: dict[Any, Any]) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, kind in route.responses.items():
        answer = responses.setdefault(str(status), {"description": ""})
        if kind is not None:
            answer["content"] = {"application/json": {"schema": schema_of[kind]}}
    for refusal in refusals(route):
        answer = responses.setdefault(str(refusal.status), {"description": ""})
        text = f"`{refusal.code}`: {refusal.title}"
        answer["description"] = "; ".join(filter(None, [answer["description"], text]))
        problem = {"schema": {"$ref": REF_TEMPLATE.format(name="Problem")}}
        answer.setdefault("content", {})[errors.PROBLEM_CONTENT_TYPE] = problem
        if refusal.retry_after_seconds is not None:
            answer["headers"] = RETRY_AFTER
    return dict(sorted(responses.items()))
