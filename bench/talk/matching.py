"""How fast customers find their counselors: the script alone, and from READY until both have been told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

import msgspec

from apps.accounts.models import Role
from apps.accounts.services.issue_tokens import issue_tokens
from apps.common.clock import database_now
from apps.common.redis import sync_redis
from apps.counseling.models import Category, CounselorProfile, CounselorStateEvent, CounselSession, Domain
from apps.counseling.routing import store
from apps.counseling.routing.keys import KEYS
from apps.counseling.routing.places import place_of
from apps.counseling.services.counselor_states import change_counselor_state
from apps.counseling.services.rebuild_routing import ensure_routing
from apps.counseling.services.run_matches import run_matches
from apps.counseling.states import CounselorState

CAPACITY = 10  # conversations of a counselor
PATIENCE_SECONDS = 60


@dataclass(slots=True)
class Matching:
    """Matches a second, and the milliseconds from READY to both notified."""

    script_rate: float
    through_rate: float
    p50_ms: float
    p99_ms: float


def measure_matching(*, counselors: int, waiting: int, samples: int) -> Matching:
    """Fill a centre with people and let them be matched; everything is this process's, on one core.

    `waiting` people are no more than the counselors can take at once, and `samples` no more than the counselors.
    """
    centre = _Centre(counselors=counselors, waiting=waiting, samples=samples)
    script_rate = centre.match_by_script()
    through_rate = centre.match_through()
    latencies = centre.ready_to_notified()
    cuts = quantiles(latencies, n=100)
    return Matching(script_rate, through_rate, cuts[49], cuts[98])


class _Centre:
    def __init__(self, *, counselors: int, waiting: int, samples: int) -> None:
        self._waiting, self._samples = waiting, samples
        domain = Domain.objects.create(name="bench")
        self.category = Category.objects.create(domain=domain, name="bench")
        people = list(issue_tokens(count=counselors, role=Role.COUNSELOR))
        self.counselors = [person.user_id for person in people]
        CounselorProfile.objects.bulk_create(
            CounselorProfile(user_id=user_id, capacity=CAPACITY) for user_id in self.counselors
        )
        through = CounselorProfile.skills.through
        through.objects.bulk_create(
            through(counselorprofile_id=user_id, category_id=self.category.pk) for user_id in self.counselors
        )
        self.customers = [person.user_id for person in issue_tokens(count=waiting, role=Role.CUSTOMER)]

    def match_by_script(self) -> float:
        """The script alone: nothing is committed, nobody is told."""
        self._start_anew(at_work=True)
        for number in range(self._waiting):
            store.enqueue(10**9 + number, category_id=self.category.pk, place=number)
        started, matched = time.perf_counter(), 0
        while matches := store.match([self.category.pk]):
            matched += len(matches)
        if matched != self._waiting:
            raise RuntimeError(f"{matched} of {self._waiting} were matched")
        return matched / (time.perf_counter() - started)

    def match_through(self) -> float:
        """Script, transaction, and the word to both."""
        self._start_anew(at_work=True)
        self._wait(self.customers)
        with listening() as heard:
            started = time.perf_counter()
            run_matches([self.category.pk])
            heard.wait_for(2 * self._waiting)
            return self._waiting / (time.perf_counter() - started)

    def ready_to_notified(self) -> list[float]:
        """Counselors become READY one after the other while customers wait; capacity 1, so that each takes one."""
        CounselorProfile.objects.update(capacity=1)
        CounselSession.objects.update(status="ENDED", is_open=None)
        self._start_anew(at_work=False)
        self._wait(self.customers[: self._samples])
        taken = []
        with listening() as heard:
            for number, counselor_id in enumerate(self.counselors[: self._samples], start=1):
                change_counselor_state(counselor_id, CounselorState.ONLINE)
                started = time.perf_counter()
                change_counselor_state(counselor_id, CounselorState.READY)
                heard.wait_for(2 * number)
                taken.append(1000 * (heard.last_at - started))
        return taken

    def _start_anew(self, *, at_work: bool) -> None:
        """Empty routing, and the history; `at_work` lets every counselor be READY before anybody waits."""
        sync_redis().delete(*KEYS)
        CounselorStateEvent.objects.all().delete()
        ensure_routing()
        if at_work:
            for counselor_id in self.counselors:
                for state in (CounselorState.ONLINE, CounselorState.READY):
                    store.change_state(
                        counselor_id, state, reason="bench", capacity=CAPACITY, skills=[self.category.pk]
                    )

    def _wait(self, customer_ids: list[int]) -> None:
        now = database_now()
        CounselSession.objects.bulk_create(
            CounselSession(customer_id=user_id, category=self.category, requested_at=now) for user_id in customer_ids
        )
        waiting = CounselSession.objects.filter(status="WAITING")
        for session_id, requested_at, priority in waiting.values_list("pk", "requested_at", "priority"):
            store.enqueue(session_id, category_id=self.category.pk, place=place_of(requested_at, priority))


@dataclass
class Heard:
    """What a subscriber of Redis has heard: the word that a conversation begins, to either side."""

    count: int = 0
    last_at: float = 0.0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def note(self, payload: bytes) -> None:
        if msgspec.json.decode(payload).get("type") == "ASSIGNED":
            with self.changed:
                self.count += 1
                self.last_at = time.perf_counter()
                self.changed.notify()

    def wait_for(self, count: int) -> None:
        with self.changed:
            if not self.changed.wait_for(lambda: self.count >= count, PATIENCE_SECONDS):
                raise TimeoutError(f"{self.count} of {count} have been told")


@contextmanager
def listening() -> Iterator[Heard]:
    """Listen to the topics of customers and counselors as a web process does."""
    heard = Heard()
    subscriber: Any = sync_redis().pubsub(ignore_subscribe_messages=True)
    subscriber.psubscribe(
        **{
            "topic:users/*": lambda message: heard.note(message["data"]),
            "topic:counselors/*": lambda message: heard.note(message["data"]),
        }
    )
    thread = subscriber.run_in_thread(sleep_time=0.01)
    try:
        yield heard
    finally:
        thread.stop()
        thread.join()
