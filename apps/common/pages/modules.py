"""Which JavaScript modules a page's scripts consist of, derived from the modules' own imports."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path, PurePosixPath

from django.contrib.staticfiles import finders

STATIC_IMPORT = re.compile(r'^(?:import|(?:import|export)\b[^;"=]*\bfrom)\s*"(\.{1,2}/[^"]+)";', re.MULTILINE)
"""What is fetched before the module runs. A comment's `@import` of types begins no line and is none."""
DYNAMIC_IMPORT = re.compile(r'\bimport\("(\.{1,2}/[^"]+)"\)')
"""What is fetched only when the module wants it."""

Find = Callable[[str], Path]


def static_file(name: str) -> Path:
    """Return where the source of a static file lies. Raises FileNotFoundError."""
    found = finders.find(name)
    if not isinstance(found, str):
        raise FileNotFoundError(f"no static file is called {name}")
    return Path(found)


@cache
def modules_of(*entries: str, with_dynamic: bool = False, find: Find = static_file) -> tuple[str, ...]:
    """Return the names of the static files that these modules consist of, themselves included, in their order.

    `with_dynamic` adds those that are imported only when they are wanted. The sources are read once a process; a page
    calls this where it is defined, so that a module that is missing ends the start and not a request. Raises
    FileNotFoundError.
    """
    found: set[str] = set()
    to_read = set(entries)
    while to_read:
        name = to_read.pop()
        found.add(name)
        to_read |= set(imports_of(name, find(name).read_text(), with_dynamic=with_dynamic)) - found
    return tuple(sorted(found))


def imports_of(name: str, source: str, *, with_dynamic: bool = False) -> Iterator[str]:
    """Yield the names of the modules that a module imports; `name` is its own, such as common/site.js."""
    for pattern in (STATIC_IMPORT, DYNAMIC_IMPORT) if with_dynamic else (STATIC_IMPORT,):
        for address in pattern.findall(source):
            yield _name_at(address, PurePosixPath(name).parent)


def _name_at(address: str, folder: PurePosixPath) -> str:
    parts: list[str] = []
    for part in (folder / address).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)
