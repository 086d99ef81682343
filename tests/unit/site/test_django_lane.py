"""Which of Django's requests go first on this site, and how many of the others run at once."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from ticketlive.django_lane import NEAR_A_TICKET, django_lane


@pytest.mark.parametrize(
    ("path", "goes_first"),
    [
        ("/orders/1-ABC/checkout/", True),
        ("/performances/1/seats/", True),
        ("/session/token", True),
        ("/api/auth/refresh", True),
        ("/admin/orders/order/", True),
        ("/admin/login/", False),
        ("/accounts/log-in/", False),
        ("/api/auth/login", False),
        ("/api/concerts", False),
        ("/", False),
    ],
)
def test_who_is_near_a_ticket_goes_first_and_who_tries_passwords_does_not(path: str, goes_first: bool) -> None:
    assert (NEAR_A_TICKET.match(path) is not None) is goes_first


@pytest.mark.parametrize(("threads", "others"), [(16, 4), (4, 1), (1, 1)])
def test_what_is_not_near_a_ticket_has_a_quarter_of_the_threads(settings: Settings, threads: int, others: int) -> None:
    settings.WSGI_THREADS = threads
    lane = django_lane(lambda *_: [])  # type: ignore[arg-type]

    assert lane._threads._room == [threads, others]
