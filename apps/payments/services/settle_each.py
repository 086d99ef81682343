"""A run over what is unsettled, which no row and no hanging provider can keep for itself."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from django.db import Error
from django.db.models import Model, QuerySet

from apps.common.errors import DomainError, ServiceUnavailable
from apps.payments.gateway.port import GatewayError

logger = logging.getLogger(__name__)

RUN_SECONDS = 30.0


def settle_each(settle: Callable[[Any], object], rows: QuerySet[Any], *, run_seconds: float = RUN_SECONDS) -> int:
    """Settle row by row, in any order, until all have been tried or the time is over; return how many were tried.

    The order is left to chance, so that rows which take long do not keep the same others waiting in every run.
    """
    ends_at = time.monotonic() + run_seconds
    tried = 0
    for row in rows.order_by("?"):
        if tried and time.monotonic() > ends_at:
            break
        tried += 1
        _settle(settle, row)
    return tried


def _settle(settle: Callable[[Any], object], row: Model) -> None:
    """Settle one row; a failure is its own and no other's."""
    try:
        settle(row)
    except (GatewayError, ServiceUnavailable) as error:
        logger.info("%s is not settled yet: %s", row, error)
    except (DomainError, Error):
        logger.exception("%s could not be settled", row)
