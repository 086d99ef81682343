"""How the commands of this folder say no."""

import sys
from typing import NoReturn


def refuse(reason: str) -> NoReturn:
    """End the program with a reason and an exit code that says so."""
    print(f"make run: {reason}", file=sys.stderr)
    sys.exit(1)
