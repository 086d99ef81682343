"""Both lanes speak one language; pages speak the reader's."""

from __future__ import annotations

import pytest
from django.test import Client


@pytest.mark.django_db
@pytest.mark.parametrize("wanted", ["ko", "en", "fr"])
def test_the_api_tells_its_refusals_in_english(client: Client, wanted: str) -> None:
    answer = client.post("/api/auth/login", b"{}", content_type="application/json", headers={"Accept-Language": wanted})

    assert answer.json()["errors"]["email"] == ["This field is required."]
    assert answer["Content-Language"] == "en"


@pytest.mark.django_db
def test_the_admin_speaks_the_readers_language(client: Client) -> None:
    korean = client.get("/admin/login/", headers={"Accept-Language": "ko"})
    english = client.get("/admin/login/", headers={"Accept-Language": "en"})

    assert (korean["Content-Language"], english["Content-Language"]) == ("ko", "en")
