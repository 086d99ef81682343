"""The site's settings, with the addresses that have a plain form in front.

Nothing plain is budgeted: all calls of a run come from one address, and the comparison would be with a refusal.
"""

from ticketlive import settings as site
from ticketlive.settings import *  # noqa: F403

ROOT_URLCONF = "bench.plain.urls"
REST_FRAMEWORK = {**site.REST_FRAMEWORK, "DEFAULT_THROTTLE_CLASSES": []}
