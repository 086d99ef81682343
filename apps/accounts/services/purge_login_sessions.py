"""Forget log-in sessions that have been over for long."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from apps.accounts.models import LoginSession

KEPT_FOR = timedelta(days=90)
BATCH_SIZE = 1000


def purge_login_sessions() -> int:
    """Delete the sessions whose last refresh token expired 90 days ago, and return how many those were.

    Address and browser are personal data: they are kept as long as an abuse may have to be
    looked into, no longer. Deletes in small transactions; safe to run twice at once.
    """
    over = LoginSession.objects.filter(expires_at__lt=timezone.now() - KEPT_FOR).order_by("pk")
    deleted = 0
    while batch := list(over.values_list("pk", flat=True)[:BATCH_SIZE]):
        deleted += LoginSession.objects.filter(pk__in=batch).delete()[0]
    return deleted
