"""How often an account and an address may do what writes or costs; the environment may change every rate.

A rate is in the notation of `limits`, several where it gets scarcer (`30/minute;120/hour`); an empty one is no limit.
tests/unit/site/test_budgets.py walks every address and fails for one that writes and is not in the tables below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ticketlive import environment

Rates = Mapping[str, Mapping[str, str]]


def _rates(name: str, *, account: str = "", address: str = "") -> dict[str, str]:
    """Read {NAME}_RATE_PER_ACCOUNT and {NAME}_RATE_PER_ADDRESS."""
    kinds = {"account": account, "address": address}
    return {kind: environment.rates(f"{name}_RATE_PER_{kind.upper()}", rate) for kind, rate in kinds.items()}


def attempt_rates() -> Rates:
    """Of what is tried with a password, by whom it is tried and whose account it is."""
    return {
        "log_in": {
            "address": environment.rate("LOG_IN_RATE_PER_ADDRESS", "300/minute"),
            "account": environment.rate("LOG_IN_RATE_PER_ACCOUNT", "10/5 minutes"),
        },
        "sign_up": {
            "address": environment.rate("SIGN_UP_RATE_PER_ADDRESS", "100/minute"),
            "account": environment.rate("SIGN_UP_RATE_PER_ACCOUNT", "10/hour"),
        },
        "change_password": {
            "address": environment.rate("CHANGE_PASSWORD_RATE_PER_ADDRESS", "100/minute"),
            "account": environment.rate("CHANGE_PASSWORD_RATE_PER_ACCOUNT", "10/5 minutes"),
        },
    }


def sale_rates() -> Rates:
    """Of one account, and of one address, at one performance: counted by the scripts that do it."""
    return {
        "joins": _rates("JOIN", account="12/10 minutes", address="600/10 minutes"),  # numbers given up
        "orders": _rates("ORDER", account="30/minute;120/hour", address="1200/minute"),
        "holds": _rates("HOLD", account="15/10 minutes;40/2 hours", address="1200/10 minutes"),  # taken, bought or not
        "held_seconds": _rates("HELD_SECONDS", account="3600/3 hours;7200/day"),  # for which seats were held
    }


def request_rates() -> Rates:
    """Of everything else that writes or costs: one call of Redis before it is done."""
    return {
        "account": _rates("ACCOUNT", account="60/minute", address="600/minute"),
        "tokens": _rates("TOKEN", account="120/minute", address="1200/minute"),
        "order_changes": _rates("ORDER_CHANGE", account="60/minute", address="2400/minute"),
        "payments": _rates("PAYMENT", account="30/minute", address="2400/minute"),
        "conversations": _rates("CONVERSATION", account="20/10 minutes", address="300/10 minutes"),
        "conversation_acts": _rates("CONVERSATION_ACT", account="120/minute", address="1200/minute"),
        "inquiries": _rates("INQUIRY", account="10/10 minutes;30/day", address="120/10 minutes"),
        "files": _rates("FILE", account="20/minute;120/hour", address="240/minute"),
        "mails": _rates("MAIL", account="60/10 minutes", address="600/10 minutes"),
        "desk": _rates("DESK", account="300/minute", address="3000/minute"),
        "staff": _rates("STAFF", account="300/minute", address="3000/minute"),
        "reports": _rates("REPORT", account="60/minute", address="600/minute"),
        "search": _rates("SEARCH", account="60/minute", address="300/minute"),
        "language": _rates("LANGUAGE", address="600/minute"),
        # About one order, whoever sends them; and by address those that are about no order of ours.
        "webhooks": _rates("WEBHOOK", account="20/minute;100/hour", address="60/minute"),
    }


IN_THE_SERVICE = "attempts"
"""Counted by the service itself: log-in, sign-up and change of password (ATTEMPT_RATES), and webhooks."""
IN_THE_SALE = "sale"
"""Counted by the sale's own scripts."""
NOTHING = "nothing"
"""It neither writes nor costs more than its refusal would."""

ADMIN = "admin/"
STAFF = "staff"
"""Whatever is sent to the admin."""

WRITES: Mapping[str, str] = {
    "i18n/setlang/": "language",
    "^api/": NOTHING,  # an address below /api/ that is none
    "accounts/log-in/": IN_THE_SERVICE,
    "accounts/log-out/": "account",
    "accounts/sign-up/": IN_THE_SERVICE,
    "my/bookers/new/": "account",
    "my/bookers/<int:booker_id>/": "account",
    "my/bookers/<int:booker_id>/default/": "account",
    "my/bookers/<int:booker_id>/remove/": "account",
    "my/profile/nickname/": "account",
    "my/profile/password/": IN_THE_SERVICE,
    "my/log-ins/end-others/": "account",
    "my/log-ins/<uuid:session_id>/end/": "account",
    "session/token": "tokens",
    "api/auth/signup": IN_THE_SERVICE,
    "api/auth/login": IN_THE_SERVICE,
    "api/auth/refresh": "tokens",
    "api/auth/logout": "tokens",
    "api/auth/me": "account",
    "api/auth/me/password": IN_THE_SERVICE,
    "api/auth/me/bookers": "account",
    "api/auth/me/bookers/<int:booker_id>": "account",
    "api/performances/<int:performance_id>/waiting-room": "staff",
    "api/concerts/<int:show_id>/publication": "staff",
    "api/performances/<int:show_id>/publication": "staff",
    "api/orders/<str:pk>": "order_changes",
    "api/orders/<str:order_id>/cancel": "order_changes",
    "api/orders/<str:order_id>/refunds/<int:number>/account": "order_changes",
    "api/payments/confirm": "payments",
    "orders/<str:order_id>/checkout/": "order_changes",
    "orders/<str:order_id>/cancel/": "order_changes",
    "my/conversations/<int:session_id>/rating/": "conversation_acts",
    "desk/log-in/": IN_THE_SERVICE,
    "desk/log-out/": "account",
    "api/sessions": "conversations",
    "api/sessions/<int:session_id>/attachments": "files",
    "api/sessions/<int:session_id>/accept": "desk",
    "api/sessions/<int:session_id>/decline": "desk",
    "api/sessions/<int:session_id>/transfer": "desk",
    "api/sessions/<int:session_id>/end": "conversation_acts",
    "api/sessions/<int:session_id>/rating": "conversation_acts",
    "api/sessions/<int:session_id>/notes": "desk",
    "api/sessions/<int:session_id>/whisper": "desk",
    "api/sessions/<int:session_id>/join": "desk",
    "api/sessions/<int:session_id>/take-over": "desk",
    "api/sessions/<int:session_id>/acts/extend-hold": "desk",
    "api/sessions/<int:session_id>/acts/resend-tickets": "mails",
    "api/sessions/<int:session_id>/acts/cancel-order": "desk",
    "api/inquiries": "inquiries",
    "api/counselors/online": "desk",
    "api/counselors/ready": "desk",
    "api/counselors/after-call": "desk",
    "api/counselors/offline": "desk",
    "api/counselors/canned-replies": "desk",
    "api/counselors/canned-replies/<int:reply_id>": "desk",
}
"""Which budget a request that may change something is taken from, by its address in the URL configuration."""

SEARCHES: Mapping[str, str] = {
    "": "search",
    "api/concerts": "search",
    "api/counselors/history": "reports",
    "api/counselors/kpis": "reports",
}
"""As `WRITES`, for a look that has a query and so an answer of its own."""


def webhooks(providers: Iterable[str]) -> Mapping[str, str]:
    """Return the addresses to which these payment providers send, as a part of `WRITES`."""
    return {f"api/payments/webhooks/{name}": IN_THE_SERVICE for name in providers}


FAST_WRITES: Mapping[str, str] = {
    "POST /api/waiting-room/{performance_id:int}/join": IN_THE_SALE,
    "POST /api/waiting-room/{performance_id:int}/leave": IN_THE_SALE,
    "POST /api/orders": IN_THE_SALE,
    "POST /api/orders/{order_id}/reserve": IN_THE_SALE,
    "PATCH /api/orders/{order_id}": "order_changes",
    "POST /api/orders/{order_id}/cancel": "order_changes",
    "POST /api/payments/confirm": "payments",
}
"""As `WRITES`, for the fast lane, whose handlers name their budget themselves; webhooks are not in it."""
