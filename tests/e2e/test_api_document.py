"""Any input at any address: the answer is one that the OpenAPI document names, and never a fault of ours."""

from __future__ import annotations

from typing import Any

import httpx
import hypothesis
import pytest
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.factories import make_performance, make_user
from tests.fast_lane import bearer
from tests.live import LivePlatform
from tests.waiting import LONGEST_SECONDS

EXAMPLES = 25


@pytest.fixture
def document(live_platform: LivePlatform, transactional_db: None) -> Any:
    make_performance()
    return schemathesis.openapi.from_url(f"{live_platform.url}/api/schema?format=json")


def test_no_input_finds_a_fault_or_an_undocumented_answer(live_platform: LivePlatform, document: Any) -> None:
    headers = bearer(user_id=make_user().pk)
    found = []
    for result in document.get_all_operations():
        operation = result.ok()

        @hypothesis.settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(hypothesis.HealthCheck),
            phases=[hypothesis.Phase.generate],
        )
        @hypothesis.given(case=operation.as_strategy())
        def try_it(case: Any) -> None:
            response = case.call(base_url=live_platform.url, headers=headers, timeout=LONGEST_SECONDS)
            case.validate_response(
                response,
                checks=[
                    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
                ],
            )  # fmt: skip

        try:
            try_it()
        except FailureGroup as failures:
            found.append(f"{operation.label}: {failures}")
    assert not found, "\n\n".join(found)


def test_the_document_names_every_address(live_platform: LivePlatform, document: Any) -> None:
    paths = set(httpx.get(f"{live_platform.url}/api/schema?format=json", timeout=LONGEST_SECONDS).json()["paths"])

    assert {
        "/api/auth/login",
        "/api/concerts",
        "/api/performances/{performance_id}/seats",
        "/api/waiting-room/{performance_id}/join",
        "/api/orders",
        "/api/orders/{order_id}/reserve",
        "/api/payments/confirm",
    } <= paths
