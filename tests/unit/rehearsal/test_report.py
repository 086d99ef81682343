from __future__ import annotations

from rich.console import Console

from apps.rehearsal.client import Answer
from apps.rehearsal.report import print_tally
from apps.rehearsal.tally import Tally


def test_error_codes_are_shown_whole_on_a_narrow_page() -> None:
    tally = Tally()
    for _ in range(10_000):
        tally.count("payment window", Answer(409, {"code": "access_pass_required"}), started=0.0, ended=4.5)
    console = Console(width=80)

    with console.capture() as page:
        print_tally(console, tally)

    assert "access_pass_required" in page.get()
