"""A property that Hypothesis finds broken is found broken again: by the next run, and by whoever reads the report."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.database import DirectoryBasedExampleDatabase, InMemoryExampleDatabase
from hypothesis.stateful import RuleBasedStateMachine

CHECKOUT = Path(__file__).resolve().parents[3]
STATE_MACHINES = sorted(path.relative_to(CHECKOUT) for path in (CHECKOUT / "tests").rglob("test_state_machine.py"))


def break_property(kept: InMemoryExampleDatabase, *phases: Phase) -> list[int]:
    """Run a property that fails from 1000 on; return the numbers that it was tried with. The failure has notes."""
    tried: list[int] = []

    @settings(database=kept, phases=phases)
    @given(st.integers())
    def is_small(number: int) -> None:
        tried.append(number)
        assert number < 1_000

    with pytest.raises(AssertionError) as failure:
        is_small()
    assert "@reproduce_failure" in "\n".join(failure.value.__notes__)
    return tried


def test_a_failure_says_how_to_repeat_it_and_is_tried_first_by_the_next_run() -> None:
    kept = InMemoryExampleDatabase()
    break_property(kept, Phase.generate, Phase.shrink)

    assert break_property(kept, Phase.reuse)[0] >= 1_000


def test_what_failed_is_kept_in_the_checkout_and_in_no_commit() -> None:
    kept = settings.default.database

    assert isinstance(kept, DirectoryBasedExampleDatabase)
    assert kept.path == CHECKOUT / ".hypothesis" / "examples"
    done = subprocess.run(["git", "check-ignore", "--quiet", ".hypothesis/examples/x"], cwd=CHECKOUT, check=False)
    assert done.returncode == 0


def machines(path: Path) -> Iterator[type[RuleBasedStateMachine]]:
    module = import_module(".".join(path.with_suffix("").parts))
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, RuleBasedStateMachine) and value is not RuleBasedStateMachine:
            yield value


@pytest.mark.parametrize("path", STATE_MACHINES, ids=str)
def test_a_state_machine_repeats_its_failures_and_has_no_time_limit(path: Path) -> None:
    (machine,) = machines(path)
    own = machine.TestCase.settings

    assert own.print_blob
    assert own.database == settings.default.database
    assert own.deadline is None
