"""The demo's accounts."""

from __future__ import annotations

from collections.abc import Iterator

from apps.accounts.services.seed_accounts import COUNSELORS, CUSTOMERS, PASSWORD, seed_demo_accounts
from apps.accounts.services.sync_groups import sync_groups


def seed() -> Iterator[str]:
    """Make the accounts that are missing, and the groups that the administrator gives staff."""
    seed_demo_accounts()
    sync_groups()
    yield (
        f"accounts: customer1@example.com to customer{CUSTOMERS}@example.com, counselor1@example.com to "
        f"counselor{COUNSELORS}@example.com, admin@example.com; password {PASSWORD}"
    )
