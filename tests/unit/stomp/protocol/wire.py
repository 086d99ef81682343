"""A connection in a test: what a client says, as text; what the server made of it."""

from __future__ import annotations

from apps.stomp.protocol.decoder import Decoder, Frame
from apps.stomp.protocol.events import AnyEvent, Broken
from apps.stomp.protocol.limits import Limits
from apps.stomp.protocol.session import ServerSession
from apps.stomp.protocol.versions import Version


def connected(version: Version = "1.2", limits: Limits | None = None) -> ServerSession:
    """A session that has agreed on `version`."""
    session = ServerSession(limits)
    events = list(session.receive(f"CONNECT\naccept-version:{version}\nhost:localhost\n\n\0"))
    assert len(events) == 1
    return session


def heard(session: ServerSession, *frames: str | bytes) -> list[AnyEvent]:
    """Let frames come one by one; the NUL at the end of each is put there."""
    events: list[AnyEvent] = []
    for frame in frames:
        events += session.receive(frame + ("\0" if isinstance(frame, str) else b"\0"))
    return events


def refused(session: ServerSession, *frames: str | bytes) -> str:
    """Return what the last frame was refused for."""
    last = heard(session, *frames)[-1]
    assert isinstance(last, Broken), last
    return last.error.message


def read(data: str | bytes, version: Version = "1.2") -> Frame:
    """Read the one frame that the server has sent."""
    decoder = Decoder(Limits(max_body_bytes=1 << 20))
    decoder.version = version
    (frame,) = decoder.feed(data)
    return frame
