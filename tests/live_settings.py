"""The settings of a live platform: as in production, a browser keeps the pages' files, and asks for each once."""

from ticketlive.settings import *  # noqa: F403

WHITENOISE_MAX_AGE = 3600
