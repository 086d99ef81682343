"""Paths with parameters: one grammar for the addresses of the fast lane and for the destinations of STOMP.

    /sub/session/{session_id:int}  a row's id: digits, at most MAX_ID; the parameter is an int
    /api/orders/{order_id}         any text but an empty one; the parameter is a str

A parameter is a whole segment. Paths are compared as they come: neither case nor slashes are changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Generic, NamedTuple, TypeVar

MAX_ID = 2**63 - 1
MAX_ID_DIGITS = 19
REMEMBERED_PATHS = 4_096  # all of literals and ids, so none is long

PARAMETER = re.compile(r"\{([a-z_][a-z0-9_]*)(:int)?\}")

Entry = TypeVar("Entry")


class Parameter(NamedTuple):
    """A parameter: the number of its segment, its name, and whether it is a row's id."""

    position: int
    name: str
    is_id: bool


class PathPattern:
    """A path with parameters. Its paths are asked for again and again (`recurs`) unless a text is among these.

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
        self.recurs = all(parameter.is_id for parameter in self.parameters)

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


class _Shape(NamedTuple, Generic[Entry]):
    """Patterns with literal segments at the same places, under what `read_literals` makes of them."""

    literals: tuple[int, ...]
    read_literals: Callable[[Sequence[str]], Any]
    kept: dict[Any, _Kept[Entry]]


class PathTable(Generic[Entry]):
    """Looks a path up by its number of segments and its literal ones, and remembers those that recur.

    The pattern with the most literal segments goes first, then the one that came first; one whose parameters cannot
    be leaves the path to the next. A path of more than `longest` characters is none of these.
    """

    def __init__(self, *, longest: int) -> None:
        self._longest = longest
        self._shapes: dict[int, list[_Shape[Entry]]] = {}
        self._remembered: dict[str, Found[Entry]] = {}

    def setdefault(self, path: str, entry: Entry) -> Entry:
        """Keep `entry` under a pattern unless something is kept there; return what is kept.

        Raises:
            ValueError: the path is no pattern, or one of those that are kept with other names.
        """
        pattern = PathPattern(path)
        shape = self._shape_of(pattern)
        kept = shape.kept.setdefault(shape.read_literals(pattern.segments), _Kept(pattern, entry))
        if kept.pattern.text != path:
            raise ValueError(f"{path} and {kept.pattern.text} are one address under two names")
        self._remembered.clear()
        return kept.entry

    def find(self, path: str) -> Found[Entry] | None:
        """Return what a path means; None where it is none of these."""
        remembered = self._remembered.get(path)
        if remembered is not None:
            return remembered
        return self._find(path) if len(path) <= self._longest else None

    def _find(self, path: str) -> Found[Entry] | None:
        segments = path.split("/")
        impossible = None
        for _, read_literals, kept in self._shapes.get(len(segments), ()):
            candidate = kept.get(read_literals(segments))
            if candidate is None:
                continue
            pattern, entry = candidate
            parameters = pattern.read(segments)
            if parameters is None:
                impossible = impossible or Found(entry, None)
                continue
            found = Found(entry, parameters)
            if pattern.recurs:
                self._remember(path, found)
            return found
        return impossible

    def _remember(self, path: str, found: Found[Entry]) -> None:
        if len(self._remembered) >= REMEMBERED_PATHS:
            self._remembered.clear()
        self._remembered[path] = found

    def _shape_of(self, pattern: PathPattern) -> _Shape[Entry]:
        """Return the shape that a pattern has, a new one if it is the first."""
        shapes = self._shapes.setdefault(len(pattern.segments), [])
        for shape in shapes:
            if shape.literals == pattern.literals:
                return shape
        literals = pattern.literals
        shape = _Shape(literals, itemgetter(*literals) if literals else lambda _segments: (), {})
        shapes.append(shape)
        shapes.sort(key=lambda shape: -len(shape.literals))
        return shape


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
