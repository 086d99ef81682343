"""Answers of 503 before a request is parsed, for the one call that a whole crowd repeats.

Under overload each request that does not fit still costs its parsing, a task and an answer, a good part of what
serving it would. While the queue of the waiting room's callers is full, the protocol asks here for an answer to the
bytes of a request as they are: one that is certainly a whole, simple GET of a known address gets the 503 at once.
Whatever is not certain is parsed, and refused after that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle

END_OF_HEAD = b"\r\n\r\n"
UNUSUAL = (b"\ncontent-length", b"\ntransfer-encoding", b"\nupgrade", b"\nexpect", b"\nconnection: close")


class EarlyRefusals:
    """The calls of one process that may be refused by their bytes, and whether they are now."""

    def __init__(self) -> None:
        self.are_on = False
        self.given = 0
        self._calls: tuple[tuple[bytes, bytes], ...] = ()
        self._answers: Iterator[bytes] = cycle([b""])

    def set_up(self, paths: Sequence[str], answers: Sequence[bytes]) -> None:
        """Refuse GETs of these paths, with one parameter each, by these answers in turn, whenever `are_on`."""
        parts = [path.partition("{") for path in paths]
        self._calls = tuple(
            (b"GET " + before.encode(), after.partition("}")[2].encode() + b" HTTP/1.1") for before, _, after in parts
        )
        self._answers = cycle(answers)

    def answer_to(self, data: bytes) -> bytes | None:
        """Return what refuses the request that these bytes are, or None where it has to be parsed."""
        line = data[: data.find(b"\r")]
        for start, end in self._calls:
            if line.startswith(start) and line.endswith(end):
                break
        else:
            return None
        if data.find(END_OF_HEAD) != len(data) - len(END_OF_HEAD):
            return None
        head = data.lower()
        if any(header in head for header in UNUSUAL):
            return None
        self.given += 1
        return next(self._answers)


early_refusals = EarlyRefusals()
