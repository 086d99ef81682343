"""What a client is told of an error."""

from __future__ import annotations

import logging

from apps.common import errors
from apps.common.database.failures import is_away as database_is_away
from apps.common.redis import is_away as redis_is_away

logger = logging.getLogger(__name__)


def as_refusal(error: Exception) -> errors.DomainError:
    """Say what a client is told of an error; one of our own is logged as well."""
    if isinstance(error, errors.DomainError):
        return error
    if redis_is_away(error) or database_is_away(error):
        return errors.ServiceUnavailable()
    logger.error("a STOMP frame failed", exc_info=error)
    return errors.InternalError()
