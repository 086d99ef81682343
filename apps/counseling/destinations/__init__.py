"""Counseling over STOMP: asking, being matched, talking."""

from apps.counseling.destinations.counselor import DESTINATIONS as COUNSELOR
from apps.counseling.destinations.match import DESTINATIONS as MATCH
from apps.counseling.destinations.session import DESTINATIONS as SESSION

DESTINATIONS = [*MATCH, *SESSION, *COUNSELOR]
