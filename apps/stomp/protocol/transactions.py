"""Transactions: frames that wait for their COMMIT (STOMP 1.2, "BEGIN", "COMMIT", "ABORT")."""

from __future__ import annotations

from apps.stomp.protocol.decoder import Frame
from apps.stomp.protocol.errors import ProtocolError
from apps.stomp.protocol.events import Noted
from apps.stomp.protocol.limits import Limits


class Transactions:
    """The open transactions of one connection. They end with it, and nothing of them has happened then."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open: dict[str, list[Frame]] = {}
        self._waiting_bytes = 0

    def begin(self, name: str) -> None:
        if name in self._open:
            raise ProtocolError("transaction exists", f"The transaction {name[:40]!r} has begun before")
        if len(self._open) >= self._limits.max_transactions:
            raise ProtocolError("too many transactions", f"At most {self._limits.max_transactions} can be open")
        self._open[name] = []

    def keep(self, frame: Frame) -> Noted:
        """Let a frame wait. Its receipt is answered when it has taken effect, which is at the COMMIT, or never."""
        frames = self._find(frame.headers["transaction"])
        if len(frames) >= self._limits.max_transaction_frames:
            limit = self._limits.max_transaction_frames
            raise ProtocolError("transaction too large", f"A transaction has at most {limit} frames")
        size = _size(frame)
        if self._waiting_bytes + size > self._limits.max_transaction_bytes:
            limit = self._limits.max_transaction_bytes
            raise ProtocolError("transaction too large", f"Frames that wait for a COMMIT have at most {limit} bytes")
        self._waiting_bytes += size
        frames.append(frame)
        return Noted()

    def end(self, name: str) -> list[Frame]:
        """Return what has waited; the name can be used again."""
        frames = self._find(name)
        del self._open[name]
        self._waiting_bytes -= sum(map(_size, frames))
        return frames

    def _find(self, name: str) -> list[Frame]:
        frames = self._open.get(name)
        if frames is None:
            raise ProtocolError("unknown transaction", f"No transaction {name[:40]!r} is open")
        return frames


def _size(frame: Frame) -> int:
    """Return about how much memory a frame holds while it waits: its headers count as well as its body."""
    return len(frame.body) + sum(len(name) + len(value) for name, value in frame.headers.items())
