"""Find template lines that are too long to be read: `make check` fails for them.

python -m scripts.template_lines    exit code 1 if there are any
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
LONGEST = 120  # characters, as of every other source
TEMPLATES = ("templates/**/*", "apps/**/*.html")


def main() -> int:
    wrong = [*too_long(CHECKOUT)]
    for problem in wrong:
        print(problem, file=sys.stderr)
    return 1 if wrong else 0


def too_long(folder: Path) -> Iterator[str]:
    """Yield where the lines of a checkout's templates are too long, and by how much."""
    for path in sorted(path for pattern in TEMPLATES for path in folder.glob(pattern) if path.is_file()):
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            if len(line) > LONGEST:
                yield f"{path.relative_to(folder)}:{number}: {len(line)} characters, {LONGEST} fit"


if __name__ == "__main__":
    sys.exit(main())
