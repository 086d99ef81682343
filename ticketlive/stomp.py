"""STOMP at this site: the destinations of the apps, and who may connect. Imported once Django's apps are loaded."""

from apps.accounts.stomp_login import StompLogin
from apps.concerts.destinations import DESTINATIONS as CONCERTS
from apps.counseling.destinations import DESTINATIONS as COUNSELING
from apps.stomp.destinations import Destination
from apps.stomp.server import StompServer


def stomp_destinations() -> list[Destination]:
    """Every destination of every app."""
    return [*CONCERTS, *COUNSELING]


def stomp_server() -> StompServer:
    """Return the server that all connections of this process share."""
    return StompServer(stomp_destinations(), authenticator=StompLogin())
