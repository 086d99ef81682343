"""A WSGI application called with a body that is here and an answer that is taken whole (PEP 3333).

The thread that calls it waits for no client: not for a body, and not for a reader. What is larger than
`MOST_IN_MEMORY` goes through a temporary file, and the event loop sends it at the pace at which it is read.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import IO, Any

from apps.common.fastlane.requests import Scope
from apps.common.fastlane.responses import WITHOUT_BODY, Header, Send
from apps.common.sockets.http_protocol import WHOLE_RESPONSE, WriteResponse

MOST_IN_MEMORY = 256 * 1024  # bytes of an answer
PIECE_BYTES = 64 * 1024  # that are handed to the server at once: it holds no more of what a client does not read

Environ = dict[str, Any]
Exc = tuple[type[BaseException], BaseException, TracebackType]
WSGIApplication = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

DECODED = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


class Answer:
    """What an application has answered; `close` gives its file back."""

    def __init__(self) -> None:
        self.status = 500
        self.headers: list[Header] = []
        self._pieces: list[bytes] = []
        self._file: IO[bytes] | None = None
        self._length = 0

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Exc | None = None) -> Callable[..., None]:
        """PEP 3333's start_response; nothing is under way yet, so that an error may always replace what was said."""
        self.status = int(status.partition(" ")[0])
        self.headers = [(name.encode("latin-1").lower(), value.encode("latin-1")) for name, value in headers]
        return self.write

    def write(self, chunk: bytes) -> None:
        """Take in a part of the body."""
        self._length += len(chunk)
        if self._file is not None:
            self._file.write(chunk)
        elif self._length > MOST_IN_MEMORY:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - `close` does
            self._file.writelines([*self._pieces, chunk])
            self._pieces.clear()
        else:
            self._pieces.append(chunk)

    async def send(self, scope: Scope, send: Send, *, head_only: bool) -> None:
        """Send it in one call where it is short, else in pieces, each when the one before has room."""
        headers = self.headers
        is_measured = any(name == b"content-length" for name, _ in headers)
        if not is_measured and not head_only and self.status not in WITHOUT_BODY:
            headers = [*headers, (b"content-length", b"%d" % self._length)]
        if self._length <= PIECE_BYTES:
            write: WriteResponse | None = scope.get("extensions", {}).get(WHOLE_RESPONSE)
            body = b"" if head_only else b"".join(self._pieces)
            if write is not None and write(self.status, headers, body):
                return
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        if self._file is None:
            whole = b"".join(self._pieces)
            for start in range(0, len(whole), PIECE_BYTES):
                piece = whole[start : start + PIECE_BYTES]
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        else:
            self._file.seek(0)
            while piece := await asyncio.to_thread(self._file.read, PIECE_BYTES):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def call(application: WSGIApplication, environ: Environ) -> Answer:
    """Call the application in this thread and return its whole answer."""
    answer = Answer()
    try:
        chunks = application(environ, answer.start)
        try:
            for chunk in chunks:
                answer.write(chunk)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
    except BaseException:
        answer.close()
        raise
    return answer


def environ_of(scope: Scope, body: IO[bytes], length: int | None) -> Environ:
    """Return PEP 3333's variables of a request; with a body `length` is what it really is."""
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": scope.get("root_path", ""),
        "PATH_INFO": scope["path"].removeprefix(scope.get("root_path", "")).encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    host, port = scope.get("server") or ("localhost", 80)
    environ["SERVER_NAME"], environ["SERVER_PORT"] = host, str(port or 0)
    client = scope.get("client")
    if client is not None:
        environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = client[0], str(client[1])
    environ.update(_variables(scope["headers"]))
    if length is not None:
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        environ["CONTENT_LENGTH"] = str(length)
    return environ


def _variables(headers: Iterable[Header]) -> dict[str, str]:
    """Return the headers by their names as variables; one that comes again is joined (RFC 9110, section 5.3).

    A name with an underscore would pass for one with a hyphen that a proxy has written: it is dropped.
    """
    values: dict[str, list[str]] = {}
    for raw, value in headers:
        name = raw.decode("latin-1")
        if "_" not in name:
            variable = DECODED.get(name) or "HTTP_" + name.upper().replace("-", "_")
            values.setdefault(variable, []).append(value.decode("latin-1"))
    return {variable: ("; " if variable == "HTTP_COOKIE" else ",").join(said) for variable, said in values.items()}
