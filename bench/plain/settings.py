"""The site's settings, with the addresses that have a plain form in front."""

from ticketlive.settings import *  # noqa: F403

ROOT_URLCONF = "bench.plain.urls"
