"""The platform's settings, with the plain form's one address."""

from ticketlive.settings import *  # noqa: F403

ROOT_URLCONF = "bench.plain.urls"
