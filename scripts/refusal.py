"""How the commands of this folder say no."""

import sys
from typing import NoReturn


def refuse(reason: str, *, by: str = "make run") -> NoReturn:
    """End the program with a reason and an exit code that says so; `by` is the command that refuses."""
    print(f"{by}: {reason}", file=sys.stderr)
    sys.exit(1)
