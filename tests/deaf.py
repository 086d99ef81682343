"""Clients that do not read, on plain sockets, and what a server's process keeps of them."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.waiting import LONGEST_SECONDS

RECEIVED_BYTES = 4096  # what the client's kernel takes before it says that it takes no more
TEXT, PING = 0x1, 0x9
LISTEN = "0A"


class DeafClient:
    """A socket that says what it likes, and reads only where a test says so."""

    def __init__(self, port: int) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVED_BYTES)
        self._socket.settimeout(LONGEST_SECONDS)
        self._socket.connect(("127.0.0.1", port))

    def request(self, method: str, path: str, *, body: bytes = b"", times: int = 1, **headers: str) -> None:
        """Ask, `times` times at once."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in named.items()]
        self.say(("\r\n".join(lines) + "\r\n\r\n").encode() + body, times=times)

    def upgrade(self, path: str = "/ws") -> None:
        """Make it a WebSocket, and read no more than the answer to that."""
        key = {"Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec_WebSocket_Version": "13"}
        self.request("GET", path, Upgrade="websocket", Connection="Upgrade", **key)
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self._socket.recv(1)
        assert head.startswith(b"HTTP/1.1 101"), head

    def say(self, data: bytes, *, times: int = 1) -> None:
        self._socket.sendall(data * times)

    def read_all(self) -> str:
        """Read to the end, which has to be one: a reset as well. Return all of it."""
        found = bytearray()
        with suppress(ConnectionResetError):
            while data := self._socket.recv(1 << 16):
                found += data
        return found.decode()

    def close(self) -> None:
        self._socket.close()


@contextmanager
def deaf_clients(port: int) -> Iterator[Callable[[], DeafClient]]:
    """Give what makes clients of a port; they are gone at the end."""
    clients: list[DeafClient] = []

    def new() -> DeafClient:
        clients.append(DeafClient(port))
        return clients[-1]

    try:
        yield new
    finally:
        for client in clients:
            client.close()


def frame(opcode: int, payload: bytes, *, fin: bool = True) -> bytes:
    """Return a WebSocket frame as a client sends it; the mask is of zeros."""
    first, size = opcode | (0x80 if fin else 0), len(payload)
    if size < 126:
        return struct.pack("!BB", first, 0x80 | size) + bytes(4) + payload
    if size < 1 << 16:
        return struct.pack("!BBH", first, 0x80 | 126, size) + bytes(4) + payload
    return struct.pack("!BBQ", first, 0x80 | 127, size) + bytes(4) + payload


def descriptors(pid: int, port: int) -> int:
    """Return how many descriptors of a process are connections to its port."""
    folder = Path("/proc") / str(pid) / "fd"
    held = set()
    for name in os.listdir(folder):
        try:
            held.add(os.readlink(folder / name))
        except FileNotFoundError:
            continue  # closed meanwhile
    return sum(1 for one in _of_port(port) if f"socket:[{one.inode}]" in held)


def kernel_bytes(port: int) -> int:
    """Return how much the kernel keeps that was written to a port's clients and has not been taken."""
    return sum(one.unsent for one in _of_port(port))


class _Line:
    """A line of /proc/net/tcp."""

    def __init__(self, text: str) -> None:
        columns = text.split()
        self.port = int(columns[1].rpartition(":")[2], 16)
        self.state = columns[3]
        self.unsent = int(columns[4].partition(":")[0], 16)
        self.inode = columns[9]


def _of_port(port: int) -> list[_Line]:
    lines = [_Line(text) for text in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [line for line in lines if line.port == port and line.state != LISTEN]
