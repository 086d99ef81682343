"""A STOMP client in the process of the test: it speaks to a real connection, over a transport that it reads itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from apps.accounts.stomp_login import StompLogin
from apps.stomp.budgets import Allowance, Budgets, Rate
from apps.stomp.connection import StompConnection
from apps.stomp.destinations import Destination
from apps.stomp.protocol.decoder import Decoder, Frame
from apps.stomp.protocol.limits import Limits
from apps.stomp.protocol.versions import Version
from apps.stomp.server import StompServer
from tests.fast_lane import access_token
from tests.waiting import Signal

NEVER_SECONDS = 1e9  # until a budget of a test's is full again


class ReadTransport:
    """Keeps what was sent, for the test to wait for."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.heart_beats = 0
        self.closed: tuple[int, str] | None = None
        self._decoder = Decoder(Limits(max_body_bytes=1 << 21))
        self._decoder.version = "1.2"
        self._signal = Signal()

    def speak(self, version: Version) -> None:
        """Read what comes in another version than 1.2."""
        self._decoder.version = version

    def send(self, frame: str | bytes) -> None:
        assert self.closed is None, "nothing is sent behind the close"
        if frame == "\n":
            self.heart_beats += 1
        self.frames.extend(self._decoder.feed(frame))
        self._signal.give()

    def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)
        self._signal.give()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is true of this transport."""
        await self._signal.until(condition)


class StompClient:
    """One client. What it hears is taken from `transport.frames` in the order it came."""

    def __init__(self, server: StompServer, *, network: str | None = None) -> None:
        self.transport = ReadTransport()
        self.connection = StompConnection(self.transport, server=server, network=network)
        self._subscriptions = 0

    async def connect(self, token: str | None = None, *, user_id: int = 1, role: str = "customer") -> Frame:
        """Log in, and return what the server answers."""
        bearer = token if token is not None else access_token(user_id=user_id, role=role)
        return await self.ask("CONNECT", {"accept-version": "1.2", "host": "x", "Authorization": f"Bearer {bearer}"})

    async def ask(self, command: str, headers: dict[str, str], body: Any = b"") -> Frame:
        """Say something and return the next frame that comes."""
        await self.say(command, headers, body)
        return await self.hear()

    async def say(self, command: str, headers: dict[str, str] | None = None, body: Any = b"") -> None:
        """Send a frame; a body that is no bytes goes as JSON."""
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        lines = "".join(f"{name}:{value}\n" for name, value in (headers or {}).items())
        await self.connection.received(f"{command}\n{lines}\n".encode() + content + b"\0")

    async def subscribe(self, destination: str, **headers: str) -> Frame:
        """Subscribe with a receipt; return it, or the ERROR."""
        self._subscriptions += 1
        wanted = {"id": str(self._subscriptions), "destination": destination, "receipt": "subscribed"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        await self.say("SUBSCRIBE", wanted | named)
        return await self.hear("RECEIPT", "ERROR")

    async def send(self, destination: str, body: Any, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        await self.say("SEND", {"destination": destination} | named, body)

    async def hear(self, *commands: str) -> Frame:
        """Wait for the next frame (of these commands), and take it."""

        def found() -> list[Frame]:
            return [frame for frame in self.transport.frames if not commands or frame.command in commands]

        await self.transport.until(lambda: bool(found()) or self.transport.closed is not None)
        assert found(), f"closed: {self.transport.closed}"
        frame = found()[0]
        self.transport.frames.remove(frame)
        return frame

    async def hear_json(self) -> Any:
        """Wait for the next MESSAGE and return its JSON body."""
        return json_of(await self.hear("MESSAGE"))

    async def is_closed(self) -> tuple[int, str]:
        """Wait for the end and return its code and reason."""
        await self.transport.until(lambda: self.transport.closed is not None)
        assert self.transport.closed is not None
        return self.transport.closed


def json_of(frame: Frame) -> Any:
    return msgspec.json.decode(frame.body)


def make_server(destinations: Iterable[Destination] = (), *, budgets: Budgets | None = None) -> StompServer:
    """A server as a process has one, with destinations of the test's."""
    return StompServer(destinations, authenticator=StompLogin(), budgets=budgets)


def budgets(
    *,
    connections: int = 100,
    subscriptions: int = 100,
    send_burst: float = 1_000,
    byte_burst: float = 1_000_000,
    address_factor: int = 100,
) -> Budgets:
    """Budgets of which nothing comes back while a test runs."""
    allowance = Allowance(
        connections=connections,
        subscriptions=subscriptions,
        sends=Rate(send_burst / NEVER_SECONDS, send_burst),
        bytes=Rate(byte_burst / NEVER_SECONDS, byte_burst),
    )
    return Budgets(allowance, address_factor=address_factor)
