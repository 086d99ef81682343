from __future__ import annotations

from typing import Any

PASSWORD = "correct horse battery"


def refusal(response: Any) -> tuple[int, str]:
    """Take the status and code from an answer, which has to be a problem document."""
    assert response["Content-Type"] == "application/problem+json"
    document = response.json()
    assert document["status"] == response.status_code
    return response.status_code, document["code"]
