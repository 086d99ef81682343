from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.accounts.models import Role
from apps.accounts.services.issue_tokens import issue_tokens


class Command(BaseCommand):
    help = "Print access tokens for tests and benchmarks, a JSON object a line. Only with DEBUG."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--count", type=int, required=True, help="how many accounts")
        parser.add_argument("--role", choices=Role.values, default=Role.CUSTOMER.value, help="their role")

    def handle(self, *, count: int, role: str, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("issue_tokens hands out accounts without a password: it runs with DEBUG only.")
        if count < 1:
            raise CommandError("--count has to be 1 or more.")
        for issued in issue_tokens(count=count, role=Role(role)):
            self.stdout.write(json.dumps(asdict(issued)))
