"""Bring the database to the present schema and, with DEBUG, put the demo data in where it is missing."""

from __future__ import annotations

import os

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ticketlive.settings")
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    if settings.DEBUG and not has_demo_data():
        print("Making the demo data; this happens once.", flush=True)
        call_command("seed_demo")


def has_demo_data() -> bool:
    """Say whether a start before this one has made the demo data."""
    performances = apps.get_model("concerts", "Performance").objects
    accounts = apps.get_model("accounts", "User").objects
    return performances.exists() and accounts.filter(email="admin@example.com").exists()


if __name__ == "__main__":
    main()
