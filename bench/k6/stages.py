"""What a journey finds when it begins: performances on sale, people with tokens, counselors who know the category."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from io import StringIO
from pathlib import Path

from django.core.management import call_command

from apps.accounts.models import Role
from apps.accounts.services.issue_tokens import IssuedToken, issue_tokens
from apps.concerts.models import Performance
from apps.rehearsal import stage
from apps.rehearsal.counseling.stage import Centre, open_centre

RATE = 20.0  # let in a second, where there is a line


class Stage:
    """Makes what a journey needs; token files go to `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def performance(self, *, seats: int, with_line: bool = False) -> Performance:
        """Put a new performance on sale."""
        return stage.set_stage(seats=seats, per_order=2, rate=RATE if with_line else None)

    def customers(self, count: int) -> str:
        """Write new tokens of `count` customers and return the file's path."""
        return self._write("customers.jsonl", issue_tokens(count=count, role=Role.CUSTOMER))

    def centre(self, *, customers: int, counselors: int) -> tuple[Centre, str]:
        """Open a category of its own, and return it with the path of its counselors' tokens."""
        centre = open_centre(customers=customers, counselors=counselors)
        return centre, self._write("counselors.jsonl", centre.counselors)

    @staticmethod
    def programme() -> None:
        """Put the demo's concerts on sale, which visitors find on the home page."""
        call_command("seed_demo", force=True, stdout=StringIO())

    def _write(self, name: str, tokens: Iterable[IssuedToken]) -> str:
        path = self._folder / name
        path.write_text("".join(f"{json.dumps(asdict(token))}\n" for token in tokens))
        return str(path)
