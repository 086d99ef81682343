"""How often the fast lane has answered what; `/metrics` exports it."""

from __future__ import annotations

CounterKey = tuple[str, str, int, str]

_counters: dict[CounterKey, int] = {}


def count_answer(key: CounterKey) -> None:
    """Count one answer. The event loop is the only caller, so that no lock is needed."""
    _counters[key] = _counters.get(key, 0) + 1


def counters() -> dict[CounterKey, int]:
    """Return this process's answers so far by (method, path of the route, status, error code or "").

    The method is empty where the address does not have it.
    """
    return dict(_counters)
