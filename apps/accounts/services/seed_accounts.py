"""The accounts of the demo."""

from __future__ import annotations

from django.contrib.auth.hashers import make_password

from apps.accounts.models import Booker, Role, User

PASSWORD = "ticketlive"  # noqa: S105 - public, and the same for all
CUSTOMERS = 200
COUNSELORS = 5
FAMILY_NAMES = "김이박최정강조윤장임한오서신권황안송류홍"
GIVEN_NAMES = ("서연", "민준", "지우", "하준", "서윤", "도윤", "지민", "은우", "수아", "시우")


def seed_demo_accounts() -> None:
    """Make the demo's customers, counselors and administrator where missing; what exists stays as it is.

    All share one hash of the password: it is public anyway, and 206 of them take seconds.
    """
    wanted = _demo_accounts()
    emails = [user.email for user in wanted]
    known = set(User.objects.filter(email__in=emails).values_list("email", flat=True))
    missing = [user for user in wanted if user.email not in known]
    if missing:
        shared_hash = make_password(PASSWORD)
        for user in missing:
            user.password = shared_hash
        User.objects.bulk_create(missing, ignore_conflicts=True)
    _seed_bookers(emails)


def _demo_accounts() -> list[User]:
    customers = [
        User(email=f"customer{number}@example.com", nickname=_name(number)) for number in range(1, CUSTOMERS + 1)
    ]
    counselors = [
        User(email=f"counselor{number}@example.com", nickname=f"상담사 {_name(number * 7)}", role=Role.COUNSELOR)
        for number in range(1, COUNSELORS + 1)
    ]
    administrator = User(email="admin@example.com", nickname="관리자", role=Role.STAFF, is_superuser=True)
    return [*customers, *counselors, administrator]


def _seed_bookers(emails: list[str]) -> None:
    """Give each demo customer without a booker one in their own name."""
    without = User.objects.filter(email__in=emails, role=Role.CUSTOMER, bookers=None).order_by("pk")
    Booker.objects.bulk_create([_own_booker(user) for user in without], ignore_conflicts=True)


def _own_booker(user: User) -> Booker:
    phone = f"010-0000-{user.pk % 10_000:04}"
    return Booker(user=user, name=user.nickname, phone=phone, email=user.email, is_default=True)


def _name(number: int) -> str:
    return FAMILY_NAMES[number % len(FAMILY_NAMES)] + GIVEN_NAMES[number // 3 % len(GIVEN_NAMES)]
