"""The demo: every app that has a `demo` module brings its own part, in the order of INSTALLED_APPS."""

from __future__ import annotations

from argparse import ArgumentParser
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Make the demo's accounts, halls, concerts and sales where they are missing; what exists stays."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--force", action="store_true", help="run even without DEBUG")

    def handle(self, *args: Any, force: bool, **options: Any) -> None:
        if not settings.DEBUG and not force:
            raise CommandError("This makes accounts with a public password. Without DEBUG, give --force to mean it.")
        for app in apps.get_app_configs():
            if app.name.startswith("apps.") and find_spec(f"{app.name}.demo"):
                for line in import_module(f"{app.name}.demo").seed():
                    self.stdout.write(line)
