"""A counselor extends a hold, and the process dies between the row and Redis, or Redis is away: the row counts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db.models.functions import Now

from apps.common.database import outbox
from apps.common.models import OutboxMessage
from apps.counseling.models import CounselorAct, CounselSession
from tests.counseling_factories import make_category, make_counselor, make_session
from tests.factories import make_user
from tests.paid_orders import PaidOrders
from tests.payment_fixtures import paid_orders, running_sandbox, sandbox
from tests.waiting import LONGEST_SECONDS

__all__ = ["paid_orders", "running_sandbox", "sandbox"]

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_process_that_dies_between_the_row_and_redis_leaves_a_hold_that_follows(
    paid_orders: PaidOrders, test_database_url: str
) -> None:
    customer, counselor = make_user(), make_counselor(category := make_category())
    counselor.user_permissions.add(Permission.objects.get(codename="act_on_orders"))
    session = make_session(category, customer=customer, counselor=counselor, status=CounselSession.Status.IN_PROGRESS)
    order = paid_orders.reserve(0, user=customer)
    before = order.expires_at

    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.faults.counseling.die_at"),
            "apps.counseling.services.acts.hold_as_long_as_row",
            *("extend", str(session.pk), str(counselor.pk), order.pk),
        ],
        env=os.environ | {"DATABASE_URL": test_database_url, "TOSS_API_BASE": paid_orders.sandbox.url},
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )

    assert done.returncode == -signal.SIGKILL, done.stderr
    order.refresh_from_db()
    assert order.expires_at - before == timedelta(seconds=600)
    assert paid_orders.seat_expiry(0) == before.timestamp()
    assert CounselorAct.objects.get().kind == "extend_hold"
    OutboxMessage.objects.update(next_attempt_at=Now())
    assert outbox.relay() == 1
    assert paid_orders.seat_expiry(0) == order.expires_at.timestamp()
