"""Members of staff as the admin knows them: by the groups they are in."""

from __future__ import annotations

from django.contrib.auth.models import Group
from django.test import Client

from apps.accounts.models import Role, User
from apps.accounts.services.sync_groups import sync_groups
from tests.factories import make_user


def make_staff(*groups: str) -> User:
    """A member of staff in these groups of the platform's; without any they may do nothing."""
    sync_groups()
    user = make_user(role=Role.STAFF)
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


def staff_client(*groups: str, user: User | None = None) -> Client:
    """A browser, in English, in which such a member of staff is logged in."""
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user or make_staff(*groups))
    return client
