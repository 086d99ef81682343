"""The work that a call makes, in operations of the interpreter: no other process makes them more."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def operations_of(call: Callable[[], object]) -> int:
    """Count the operations of a call and of all that it calls in Python; what C does within one of them is one."""
    count, tracer = 0, sys.gettrace()

    def trace(frame: FrameType, event: str, _argument: object) -> Callable[..., Any]:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(tracer)
    return count
