"""Were the answers those that were to be measured? A quick refusal of another kind is no figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import httpx
from prometheus_client.parser import text_string_to_metric_families

from bench.workload import Workload
from bench.wrk import Run

COUNTER = "ticketlive_fast_lane_answers"


class WrongAnswers(Exception):
    """A run got other answers than its workload is about; the text says which."""


def count_answers(url: str) -> Counter[tuple[int, str]]:
    """Return how often a platform has answered with each status and error code so far."""
    counts: Counter[tuple[int, str]] = Counter()
    for family in text_string_to_metric_families(httpx.get(f"{url}/metrics", verify=False).text):
        if family.name == COUNTER:
            for sample in family.samples:
                counts[int(sample.labels["status"]), sample.labels["code"]] += int(sample.value)
    return counts


def check_run(workload: Workload, run: Run, *, calls: int | None = None) -> None:
    """Hold what the client saw to the workload. With `calls` it has sent each of so many once.

    Raises:
        WrongAnswers
    """
    expected = workload.besides | {workload.status: run.requests - sum(workload.besides.values())}
    refused = sum(count for status, count in expected.items() if status >= 400)
    seen = {int(status): count for status, count in run.statuses.items()}
    is_whole = run.requests > 0 if calls is None else run.requests == calls and seen == expected
    if run.broken or run.refused != refused or not is_whole:
        raise WrongAnswers(f"{workload.name}: expected {expected}, the client saw {run}")


def check_codes(workload: Workload, answered: Mapping[tuple[int, str], int]) -> None:
    """Hold what the platform has counted during a run to the workload.

    Raises:
        WrongAnswers
    """
    expected = {(workload.status, workload.code), *((status, "") for status in workload.besides)}
    if answered.keys() - expected:
        raise WrongAnswers(f"{workload.name}: expected {expected}, the platform counted {dict(answered)}")
