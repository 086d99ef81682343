"""The looks of the staff's admin, and its sidebar: what a reader may not see is not in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from apps.payments.gateway.registry import current_provider

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the sidebar: `url_name` is the admin's, `icon` one of Material Symbols.

    It is shown to who has any of the permissions, and to everybody where it names none.
    """

    title: StrOrPromise
    icon: str
    url_name: str
    permission: str | tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    title: StrOrPromise
    items: tuple[Item, ...]


AUDIT = (  # of its sources (apps.common.admin.audit), one is enough
    "admin.view_logentry",
    "concerts.view_waitingroomchange",
    "payments.view_staffact",
    "counseling.view_counseloract",
)

SIDEBAR = (
    Group("", (Item(_("Overview"), "space_dashboard", "index"),)),
    Group(
        _("Catalogue"),
        (
            Item(_("Concerts"), "theater_comedy", "concerts_concert_changelist", "concerts.view_concert"),
            Item(_("Performances"), "event", "concerts_performance_changelist", "concerts.view_performance"),
            Item(_("Halls"), "stadium", "concerts_venue_changelist", "concerts.view_venue"),
            Item(
                _("Cancellation policies"),
                "policy",
                "concerts_cancellationpolicy_changelist",
                "concerts.view_cancellationpolicy",
            ),
            Item(
                _("Waiting room changes"),
                "history",
                "concerts_waitingroomchange_changelist",
                "concerts.view_waitingroomchange",
            ),
        ),
    ),
    Group(
        _("Sales"),
        (
            Item(_("Sales figures"), "monitoring", "sales", "payments.view_payment"),
            Item(_("Orders"), "receipt_long", "orders_order_changelist", "orders.view_order"),
            Item(_("Tickets"), "confirmation_number", "orders_ticket_changelist", "orders.view_ticket"),
            Item(_("Payments"), "payments", "payments_payment_changelist", "payments.view_payment"),
            Item(_("Open deposits"), "hourglass_top", "payments_waitingdeposit_changelist", "orders.view_order"),
            Item(_("Refunds"), "undo", "payments_refund_changelist", "payments.view_refund"),
            Item(
                _("Extra shares"),
                "volunteer_activism",
                "payments_extrashare_changelist",
                ("payments.settle_extra_share", "payments.view_calloff"),
            ),
            Item(_("Cash receipts"), "receipt", "payments_cashreceipt_changelist", "payments.view_cashreceipt"),
            Item(
                _("Second payments"),
                "content_copy",
                "payments_surpluspayment_changelist",
                "payments.view_surpluspayment",
            ),
            Item(
                _("Payment attempts"),
                "credit_card",
                "payments_paymentattempt_changelist",
                "payments.view_paymentattempt",
            ),
            Item(_("Webhooks"), "webhook", "payments_webhookdelivery_changelist", "payments.view_webhookdelivery"),
            Item(_("Acts on orders"), "gavel", "payments_staffact_changelist", "payments.view_staffact"),
        ),
    ),
    Group(
        _("Support"),
        (
            Item(_("Figures of counseling"), "monitoring", "kpis", "counseling.view_dailycounselorkpi"),
            Item(_("Conversations"), "forum", "counseling_counselsession_changelist", "counseling.view_counselsession"),
            Item(_("Inquiries"), "mail", "counseling_inquiry_changelist", "counseling.view_inquiry"),
            Item(
                _("Counselors"),
                "support_agent",
                "counseling_counselorprofile_changelist",
                "counseling.view_counselorprofile",
            ),
            Item(_("Subjects"), "category", "counseling_category_changelist", "counseling.view_category"),
            Item(_("Canned replies"), "quickreply", "counseling_cannedreply_changelist", "counseling.view_cannedreply"),
            Item(_("Outcomes"), "task_alt", "counseling_wrapupcode_changelist", "counseling.view_wrapupcode"),
            Item(_("Call log"), "list_alt", "counseling_counsellog_changelist", "counseling.view_counsellog"),
            Item(_("Opening hours"), "schedule", "counseling_openinghours_changelist", "counseling.view_openinghours"),
            Item(_("Ratings"), "star", "counseling_counselrating_changelist", "counseling.view_counselrating"),
        ),
    ),
    Group(
        _("Accounts"),
        (
            Item(_("Accounts"), "person", "accounts_user_changelist", "accounts.view_user"),
            Item(_("Log-ins"), "login", "accounts_loginsession_changelist", "accounts.view_loginsession"),
            Item(_("Audit log"), "policy", "audit", AUDIT),
            Item(_("Groups"), "group", "auth_group_changelist", "auth.view_group"),
        ),
    ),
)


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar of one reader, as unfold takes it."""
    return [{"title": group.title, "items": items} for group in SIDEBAR if (items := list(_allowed(group, request)))]


def _allowed(group: Group, request: HttpRequest) -> Iterator[dict[str, Any]]:
    for item in group.items:
        any_of = (item.permission,) if isinstance(item.permission, str) else item.permission
        if not any_of or any(map(request.user.has_perm, any_of)):
            yield {"title": item.title, "icon": item.icon, "link": reverse(f"admin:{item.url_name}")}


def environment_label(_request: HttpRequest) -> list[StrOrPromise] | None:
    """A mark at the top of every page where no real money moves."""
    if settings.DEBUG:
        return [_("Development"), "warning"]
    if not current_provider().moves_money():
        return [_("Test payments"), "info"]
    return None


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Ticket-Live",
    "SITE_HEADER": "Ticket-Live",
    "SITE_URL": "/",
    "SITE_ICON": lambda _request: static("ticketlive.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("ticketlive.svg")},
    ],
    "ENVIRONMENT": "ticketlive.unfold.environment_label",
    "DASHBOARD_CALLBACK": "apps.common.admin.cards.show_cards",
    "SHOW_BACK_BUTTON": True,
    "SHOW_LANGUAGES": True,
    "STYLES": [lambda _request: static("common/admin/theme.css")],
    "SCRIPTS": [
        lambda _request: reverse("javascript-catalog", args=[get_language()]),
        lambda _request: static("common/admin/accessible.js"),
    ],
    "SIDEBAR": {"show_search": False, "navigation": sidebar},
}
