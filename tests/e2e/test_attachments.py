"""A file of 5 MB goes through the whole platform; nothing larger does, nor a large body to any other address."""

from __future__ import annotations

import httpx
import pytest

from apps.counseling.services.attachments import MAX_BYTES
from apps.counseling.states import SessionStatus
from tests.counseling_factories import make_category, make_counselor, make_session
from tests.fast_lane import bearer
from tests.live import LivePlatform
from tests.waiting import LONGEST_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)

PNG = b"\x89PNG\r\n\x1a\n".ljust(MAX_BYTES, b"\0")


def test_five_megabytes_go_through_to_the_other_person_and_no_more(live_platform: LivePlatform) -> None:
    category = make_category()
    counselor = make_counselor(category)
    session = make_session(category, status=SessionStatus.IN_PROGRESS, counselor=counselor)
    customer = bearer(user_id=session.customer_id)
    address = f"{live_platform.url}/api/sessions/{session.pk}/attachments"

    uploaded = httpx.post(address, headers=customer, files={"file": ("seat.png", PNG)}, timeout=LONGEST_SECONDS)
    assert uploaded.status_code == 201, uploaded.text
    got = httpx.get(f"{address}/{uploaded.json()['id']}", headers=customer, timeout=LONGEST_SECONDS)
    assert got.content == PNG
    assert (got.headers["content-type"], got.headers["x-content-type-options"]) == ("image/png", "nosniff")

    too_much = {"file": ("seat.png", PNG * 2)}
    assert httpx.post(address, headers=customer, files=too_much, timeout=LONGEST_SECONDS).status_code == 413
    elsewhere = httpx.post(
        f"{live_platform.url}/api/sessions", headers=customer, json={"subject": "x" * 100_000}, timeout=LONGEST_SECONDS
    )
    assert elsewhere.status_code == 413
