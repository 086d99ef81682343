"""The demo's accounts."""

from __future__ import annotations

from collections.abc import Iterator

from apps.accounts.services.seed_accounts import COUNSELORS, CUSTOMERS, PASSWORD, seed_demo_accounts


def seed() -> Iterator[str]:
    """Make the accounts that are missing."""
    seed_demo_accounts()
    yield (
        f"accounts: customer1@example.com to customer{CUSTOMERS}@example.com, counselor1@example.com to "
        f"counselor{COUNSELORS}@example.com, admin@example.com; password {PASSWORD}"
    )
