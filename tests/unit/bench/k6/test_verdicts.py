"""A site that is wrong fails the journey, and one that is right passes it: both are played here by a few lines."""

from __future__ import annotations

import json
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bench.k6.players import FOLDER, NODE, NotPlayed, Player, Summary
from tests.waiting import LONGEST_SECONDS

PEOPLE = 8
THRESHOLDS_CROSSED = 99
SEATS = {"sections": [{"seats": [{"id": 7, "status": "AVAILABLE"}]}]}
TAKEN = (409, {"code": "seats_unavailable", "seat_ids": [7]})
Answer = tuple[int, dict[str, Any]]


class FakeSite:
    """One seat. Who reserves first has it."""

    def __init__(self) -> None:
        self.holder: str | None = None
        self.lock = threading.Lock()

    def answer(self, path: str, who: str) -> Answer:
        if path.endswith("/seats"):
            return 200, SEATS
        if path == "/api/orders":
            return 201, {"id": who, "amount": 1}
        if path.endswith("/reserve"):
            return self.reserve(who)
        if path.endswith("/cancel"):
            return 200, {}
        if path == "/sandbox/authenticate":
            return 200, {"paymentKey": "key"}
        return 200, {"order": {"status": "PAID"}}

    def reserve(self, who: str) -> Answer:
        with self.lock:
            if self.holder is not None:
                return TAKEN
            self.holder = who
        return 200, {"status": "RESERVED"}


class Line(FakeSite):
    """Lets everybody in after one look at the line; `places` are the number and position that each is told in turn."""

    places = ((5, 3), (5, 3), (5, 1))
    poll_after_seconds = 0.01

    def __init__(self) -> None:
        super().__init__()
        self.asked: Counter[str] = Counter()

    def answer(self, path: str, who: str) -> Answer:
        if "/waiting-room/" not in path:
            return super().answer(path, who)
        place = self.places[self.asked[who] : self.asked[who] + 1]
        self.asked[who] += 1
        if not place:
            return 200, {"status": "ADMITTED"}
        standing = {"number": place[0][0], "position": place[0][1], "eta_seconds": 600, "now_serving": 2}
        return 200, {"status": "WAITING", "poll_after_seconds": self.poll_after_seconds, **standing}

    def reserve(self, who: str) -> Answer:
        return 200, {"status": "RESERVED"}


class OtherNumber(Line):
    places = ((5, 3), (6, 3))


class FurtherBack(Line):
    places = ((5, 3), (5, 4))


class ToldToAll(Line):
    """Asks nobody to come back for ten minutes, and soon serves their number."""

    places = ((5, 3),)
    poll_after_seconds = 600

    def answer(self, path: str, who: str) -> Answer:
        if not path.endswith("/now"):
            status, answer = super().answer(path, who)
            return status, answer | ({"eta_seconds": 1} if "eta_seconds" in answer else {})
        return 200, {"now_serving": 5, "moved_per_second": 2.0, "next_look_seconds": 1}


class Closed(Line):
    def answer(self, path: str, who: str) -> Answer:
        answer = super().answer(path, who)
        return (200, {"status": "CLOSED"}) if who == "2" and "/waiting-room/" in path else answer


class TwoWinners(FakeSite):
    def reserve(self, who: str) -> Answer:
        return (200, {"status": "RESERVED"}) if who in {"1", "2"} else TAKEN


class Faulty(FakeSite):
    def reserve(self, who: str) -> Answer:
        return (500, {"code": "internal_error"}) if who == "3" else super().reserve(who)


class Silent(FakeSite):
    def reserve(self, who: str) -> Answer:
        if who == "3":
            raise ConnectionAbortedError
        return super().reserve(who)


class Evasive(FakeSite):
    def reserve(self, who: str) -> Answer:
        return (409, {"code": "order_state"}) if who == "3" else super().reserve(who)


class Unpaid(FakeSite):
    def answer(self, path: str, who: str) -> Answer:
        return (200, {"order": {"status": "RESERVED"}}) if "confirm" in path else super().answer(path, who)


class Overloaded(FakeSite):
    """Tells one person once to come back."""

    has_answered = False

    def reserve(self, who: str) -> Answer:
        if who == "3" and not self.has_answered:
            self.has_answered = True
            return 503, {"code": "service_unavailable"}
        return super().reserve(who)


@contextmanager
def serving(fake_site: FakeSite) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"] or 0))
            who = (self.headers["Authorization"] or "").removeprefix("Bearer ")
            try:
                status, body = fake_site.answer(self.path, who)
            except ConnectionAbortedError:
                self.close_connection = True
                return
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json" if status < 400 else "application/problem+json")
            self.send_header("Content-Length", str(len(content)))
            if status == 503:
                self.send_header("Retry-After", "1")
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815 - the name that http.server looks for

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    """As many customers as take part; the token of each is a number."""
    path = tmp_path / "tokens.jsonl"
    path.write_text("".join(f'{{"user_id": {n}, "access": "{n}"}}\n' for n in range(1, PEOPLE + 1)))
    return path


Play = Callable[..., Summary]


@pytest.fixture
def play(tokens: Path, tmp_path: Path) -> Play:
    """Play a journey against a fake site."""

    def journey(fake_site: FakeSite, script: str = "one-seat") -> Summary:
        with serving(fake_site) as site:
            given: dict[str, str | int] = {"BASE": site, "SANDBOX": site, "TOKENS": str(tokens)}
            given |= {"PERFORMANCE": 1, "PEOPLE": PEOPLE}
            return Player.chosen("").play(script, given, folder=tmp_path)

    return journey


def test_one_winner_and_everybody_answered_is_what_is_asked_for(play: Play) -> None:
    summary = play(FakeSite())

    assert summary.crossed() == []
    assert summary.value("tickets", "count") == 1
    assert summary.value("lost", "count") == PEOPLE - 1
    assert summary.value("http_req_duration", "count") == 2 * PEOPLE + 3
    assert 0 < summary.value("verdict", "med") <= summary.value("settled", "max")


@pytest.mark.parametrize(
    ("fake_site", "crossed"),
    [
        (TwoWinners(), {"tickets count==1", f"lost count=={PEOPLE - 1}"}),
        (Faulty(), {"faults count==0", "not_reached count==0", f"lost count=={PEOPLE - 1}"}),
        (Silent(), {"unanswered count==0", "not_reached count==0", f"lost count=={PEOPLE - 1}"}),
        (Evasive(), {"not_reached count==0", f"lost count=={PEOPLE - 1}"}),
        (Unpaid(), {"tickets count==1", "not_reached count==0"}),
        (Overloaded(), {"asked_to_wait count==0"}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, FakeSite) else "",
)
def test_what_is_wrong_crosses_its_thresholds(play: Play, fake_site: FakeSite, crossed: set[str]) -> None:
    assert set(play(fake_site).crossed()) == crossed


def test_a_line_that_keeps_its_word_lets_everybody_in(play: Play) -> None:
    summary = play(Line(), "waiting-room")

    assert summary.crossed() == []
    assert summary.value("admitted", "count") == summary.value("tickets", "count") == PEOPLE


def test_who_waits_looks_at_what_is_told_to_all_and_asks_when_their_number_is_served(play: Play) -> None:
    summary = play(ToldToAll(), "waiting-room")

    assert summary.crossed() == []
    assert summary.value("admitted", "count") == PEOPLE


@pytest.mark.parametrize(
    ("line", "crossed"),
    [
        (OtherNumber(), {"places_broken count==0"}),
        (FurtherBack(), {"places_broken count==0"}),
        (Closed(), {f"admitted count=={PEOPLE}", f"tickets count=={PEOPLE}", "not_reached count==0"}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, FakeSite) else "",
)
def test_a_line_that_breaks_its_word_is_found_out(play: Play, line: Line, crossed: set[str]) -> None:
    assert set(play(line, "waiting-room").crossed()) == crossed


def test_crossed_thresholds_are_the_exit_code_that_k6_has_for_them(tokens: Path) -> None:
    with serving(TwoWinners()) as site:
        given = {"BASE": site, "TOKENS": str(tokens), "PERFORMANCE": "1", "PEOPLE": str(PEOPLE)}
        arguments = [part for name, value in given.items() for part in ("-e", f"{name}={value}")]
        done = subprocess.run(
            [NODE, "player/main.js", "run", *arguments, "one-seat.js"],
            cwd=FOLDER,
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )

    assert done.returncode == THRESHOLDS_CROSSED
    assert "NOT HELD: given_back count==1" in done.stdout


def test_a_script_that_cannot_begin_leaves_no_verdict(tmp_path: Path) -> None:
    with pytest.raises(NotPlayed, match="no summary"):
        Player.chosen("").play("one-seat", {"PEOPLE": PEOPLE}, folder=tmp_path)


def test_a_k6_that_is_not_there_is_named() -> None:
    with pytest.raises(NotPlayed, match="/nowhere/k6 is no k6 that runs"):
        Player.chosen("/nowhere/k6")
