"""Bring the database to the present schema and, with DEBUG, put the demo data in where it is missing."""

from __future__ import annotations

import io
import os

import django
from django.conf import settings
from django.core.management import call_command


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ticketlive.settings")
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    if settings.DEBUG:
        call_command("seed_demo", stdout=io.StringIO())  # the announcement names the accounts


if __name__ == "__main__":
    main()
