"""Scripts without one of their guards, for a test that shows what the guard is for."""

from __future__ import annotations

from typing import Any

import pytest

from apps.common.redis.script_calls import Call
from apps.common.redis.scripts import LuaScript


def cut_out(monkeypatch: pytest.MonkeyPatch, call: Call[..., Any], guard: str) -> None:
    """Put a copy of a call's script without one of its guards in its place."""
    source = call.script.source.decode()
    assert guard in source
    monkeypatch.setattr(call, "script", LuaScript(source.replace(guard, ""), header=call.script.header))
