"""STOMP at this site: the destinations of the apps, and who may connect. Imported once Django's apps are loaded."""

from django.conf import settings
from django.utils.module_loading import import_string

from apps.accounts.models import Role
from apps.accounts.stomp_login import StompLogin
from apps.common.fastlane import Claims
from apps.concerts.destinations import DESTINATIONS as CONCERTS
from apps.counseling.destinations import DESTINATIONS as COUNSELING
from apps.stomp.budgets import Budgets
from apps.stomp.destinations import Destination
from apps.stomp.server import StompServer


def stomp_destinations() -> list[Destination]:
    """Return every destination of every app, and those of the table that the settings name."""
    more = settings.STOMP_MORE_DESTINATIONS
    return [*CONCERTS, *COUNSELING, *(import_string(more) if more else ())]


def allowance_of(claims: Claims) -> int:
    """Return how many times a customer's budgets an account has: a counselor leads several conversations at a time."""
    return 1 if claims.role == Role.CUSTOMER else settings.STOMP_STAFF_ALLOWANCE


def stomp_server() -> StompServer:
    """Return the server that all connections of this process share."""
    return StompServer(stomp_destinations(), authenticator=StompLogin(), budgets=Budgets(factor_of=allowance_of))
