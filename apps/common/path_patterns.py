"""Paths with parameters: one grammar for the addresses of the fast lane and for the destinations of STOMP.

    /sub/session/{session_id:int}  a row's id: digits, at most MAX_ID; the parameter is an int
    /api/orders/{order_id}         any text but an empty one; the parameter is a str

A parameter is a whole segment. Paths are compared as they come: neither case nor slashes are changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar

MAX_ID = 2**63 - 1
MAX_ID_DIGITS = 19
REMEMBERED_PATHS, MAX_REMEMBERED_PATH = 4_096, 200  # paths, characters

PARAMETER = re.compile(r"\{([a-z_][a-z0-9_]*)(:int)?\}")

Entry = TypeVar("Entry")


class Parameter(NamedTuple):
    """A parameter: the number of its segment, its name, and whether it is a row's id."""

    position: int
    name: str
    is_id: bool


class PathPattern:
    """A path with parameters.

    Raises:
        ValueError: it is not written as the grammar says, or has a name twice.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.segments = tuple(text.split("/"))
        self.parameters = tuple(_parameters(self.segments))
        if len({parameter.name for parameter in self.parameters}) < len(self.parameters):
            raise ValueError(f"{text} has a parameter twice")
        taken = {parameter.position for parameter in self.parameters}
        self.literals = tuple(position for position in range(len(self.segments)) if position not in taken)

    @property
    def bare(self) -> str:
        """The path as OpenAPI writes it, without the types of its parameters."""
        return PARAMETER.sub(r"{\1}", self.text)

    def read(self, segments: Sequence[str]) -> dict[str, Any] | None:
        """Return the parameters' values of a path with these literals; None where one is empty, or no id."""
        values: dict[str, Any] = {}
        for position, name, is_id in self.parameters:
            text = segments[position]
            value = id_of(text) if is_id else text or None
            if value is None:
                return None
            values[name] = value
        return values


def id_of(text: str) -> int | None:
    """Return the row's id that a text is; None where it is none."""
    if text.isascii() and text.isdigit() and len(text) <= MAX_ID_DIGITS and (number := int(text)) <= MAX_ID:
        return number
    return None


class Found(NamedTuple, Generic[Entry]):
    """What a path means: what is kept under its pattern, and its parameters' values or None where these cannot be."""

    entry: Entry
    parameters: Mapping[str, Any] | None


class _Kept(NamedTuple, Generic[Entry]):
    pattern: PathPattern
    entry: Entry


class PathTable(Generic[Entry]):
    """Looks a path up by its number of segments and its literal ones, and remembers the last ones.

    The pattern with the most literal segments goes first, then the one that came first; one whose parameters cannot
    be leaves the path to the next. A path of more than `longest` characters is none of these.
    """

    def __init__(self, *, longest: int) -> None:
        self._longest = longest
        self._shapes: dict[int, list[tuple[tuple[int, ...], dict[tuple[str, ...], _Kept[Entry]]]]] = {}
        self._find_again = lru_cache(maxsize=REMEMBERED_PATHS)(self._find)

    def setdefault(self, path: str, entry: Entry) -> Entry:
        """Keep `entry` under a pattern unless something is kept there; return what is kept.

        Raises:
            ValueError: the path is no pattern, or one of those that are kept with other names.
        """
        pattern = PathPattern(path)
        literals = tuple(pattern.segments[position] for position in pattern.literals)
        kept = self._kept_with(pattern).setdefault(literals, _Kept(pattern, entry))
        if kept.pattern.text != path:
            raise ValueError(f"{path} and {kept.pattern.text} are one address under two names")
        self._find_again.cache_clear()
        return kept.entry

    def find(self, path: str) -> Found[Entry] | None:
        """Return what a path means; None where it is none of these."""
        if len(path) > self._longest:
            return None
        return self._find_again(path) if len(path) <= MAX_REMEMBERED_PATH else self._find(path)

    def _find(self, path: str) -> Found[Entry] | None:
        segments = path.split("/")
        found = None
        for literals, kept_by_literals in self._shapes.get(len(segments), ()):
            kept = kept_by_literals.get(tuple([segments[position] for position in literals]))
            if kept is None:
                continue
            parameters = kept.pattern.read(segments)
            if parameters is not None:
                return Found(kept.entry, parameters)
            found = found or Found(kept.entry, None)
        return found

    def _kept_with(self, pattern: PathPattern) -> dict[tuple[str, ...], _Kept[Entry]]:
        """Return what is kept under the patterns whose literals are at the same places."""
        shapes = self._shapes.setdefault(len(pattern.segments), [])
        for literals, kept in shapes:
            if literals == pattern.literals:
                return kept
        shapes.append((pattern.literals, {}))
        shapes.sort(key=lambda shape: -len(shape[0]))
        return self._kept_with(pattern)


def _parameters(segments: Sequence[str]) -> list[Parameter]:
    found = []
    for position, segment in enumerate(segments):
        if "{" not in segment and "}" not in segment:
            continue
        match = PARAMETER.fullmatch(segment)
        if match is None:
            raise ValueError(f"{segment} is no parameter: write {{name}} or {{name:int}}")
        found.append(Parameter(position, match[1], match[2] is not None))
    return found
