"""Which of Django's requests go first on this site, and how many of the others run at once."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from django.urls import resolve
from pytest_django import Settings

from tests.fast_lane import client_of
from tests.waiting import LONGEST_SECONDS
from ticketlive.django_lane import NEAR_A_TICKET, PASSWORDS, django_lane


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


@pytest.mark.parametrize(("threads", "others", "hashing"), [(16, 4, 2), (4, 1, 1), (1, 1, 1)])
def test_what_is_not_near_a_ticket_has_a_quarter_of_the_threads(
    settings: Settings, threads: int, others: int, hashing: int
) -> None:
    settings.WSGI_THREADS = threads
    lane = django_lane(lambda *_: [])  # type: ignore[arg-type]

    assert lane._threads._room == [threads, others, hashing]


async def test_who_logs_in_waits_for_those_who_log_in_and_nobody_else_does(settings: Settings) -> None:
    """`settings.WSGI_THREADS` of 4 let one log in at a time."""
    settings.WSGI_THREADS = 4
    free = threading.Event()

    def answer(environ: Any, start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] in PASSWORDS:
            free.wait(LONGEST_SECONDS)
        start_response("200 OK", [])
        return [b"done"]

    async with client_of(django_lane(answer)) as client:  # type: ignore[arg-type]
        hashing = [asyncio.ensure_future(client.post(path)) for path in sorted(PASSWORDS)]
        assert (await client.get("/")).content == b"done"
        assert not any(one.done() for one in hashing)
        free.set()
        assert {answer.content for answer in await asyncio.gather(*hashing)} == {b"done"}


def test_every_address_that_hashes_passwords_is_there() -> None:
    assert all(resolve(path) for path in PASSWORDS)
