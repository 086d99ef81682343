"""Which errors mean that Redis is away, and the refusal that tells a client so."""

from __future__ import annotations

from types import TracebackType

from redis import exceptions

from apps.common.errors import ServiceUnavailable

AWAY = (
    exceptions.ConnectionError,  # also: still loading its data, wrong password
    exceptions.TimeoutError,
    exceptions.ReadOnlyError,  # a primary that a failover has made a replica
    exceptions.OutOfMemoryError,
    exceptions.MasterDownError,
    exceptions.ClusterError,
    exceptions.ClusterDownError,
    exceptions.TryAgainError,
)
# Refusals of the server as a whole that redis-py has no class for: the disk is full, replicas are missing,
# a script runs for too long.
AWAY_CODES = ("MISCONF", "NOREPLICAS", "BUSY ")


def is_away(error: BaseException) -> bool:
    """Tell whether Redis as a whole cannot serve, rather than refuses this one command."""
    if isinstance(error, AWAY):
        return True
    return isinstance(error, exceptions.ResponseError) and str(error).startswith(AWAY_CODES)


class translate_errors:  # noqa: N801  (a context manager, written as contextlib writes them)
    """Raise ServiceUnavailable, with the cause kept, where the block fails because Redis is away."""

    __slots__ = ()

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is not None and is_away(error):
            raise ServiceUnavailable from error
