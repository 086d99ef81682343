"""The groups that staff are put into, and what each may do in the admin."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

from apps.common.database.transactions import retried_transaction

ALL_APPS = ("accounts", "concerts", "orders", "payments", "counseling")


@dataclass(frozen=True, slots=True)
class StaffGroup:
    """A group: the apps whose models it may change in any way, those it may only look at, and what else it may do.

    What is in `ON_ITS_OWN` comes with no app: a group has it by name (`also`) or not at all.
    """

    name: str
    manages: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    def permissions(self) -> Q:
        managed = Q(content_type__app_label__in=self.manages) & ~Q(codename__in=ON_ITS_OWN)
        viewed = Q(content_type__app_label__in=self.views, codename__startswith="view_")
        return managed | viewed | Q(codename__in=self.also)


ON_ITS_OWN = ("call_off_performance", "move_performance", "publish_show")
"""Permissions that decide what people see, or change what they have bought: managing an app does not bring them."""

STAFF_GROUPS = (
    StaffGroup("catalogue", manages=("concerts",)),
    StaffGroup("publication", views=("concerts",), also=("publish_show",)),
    StaffGroup("sales", manages=("orders", "payments"), views=("accounts", "concerts")),
    StaffGroup(
        "show manager",
        views=("concerts", "orders", "payments"),
        also=("call_off_performance", "move_performance"),
    ),
    StaffGroup("support lead", manages=("counseling",), views=("accounts", "orders", "payments")),
    StaffGroup("read only", views=(*ALL_APPS, "admin")),  # with the admin's own log, which is part of the audit
)


@retried_transaction
def sync_groups() -> None:
    """Give each group exactly the permissions it is to have; the memberships stay.

    Run after `migrate`, which makes the permissions of new models.
    """
    for staff_group in STAFF_GROUPS:
        group, _created = Group.objects.get_or_create(name=staff_group.name)
        group.permissions.set(Permission.objects.filter(staff_group.permissions()))
