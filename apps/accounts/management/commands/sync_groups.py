from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from apps.accounts.services.sync_groups import STAFF_GROUPS, sync_groups


class Command(BaseCommand):
    help = "Make the staff groups and give each exactly its permissions. Run it after migrate."

    def handle(self, **options: Any) -> None:
        sync_groups()
        self.stdout.write(f"Staff groups: {', '.join(group.name for group in STAFF_GROUPS)}")
