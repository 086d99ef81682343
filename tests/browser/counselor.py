"""A counselor at work with a client of their own, for tests whose subject is the customer's page."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

import httpx
import msgspec
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from apps.stomp.protocol.decoder import Decoder, Frame
from apps.stomp.protocol.encoder import encode
from apps.stomp.protocol.limits import Limits
from tests.waiting import LONGEST_SECONDS

PATIENT: dict[str, Any] = {"open_timeout": LONGEST_SECONDS, "ping_timeout": None}


class Counselor:
    """Speaks STOMP over a WebSocket and calls the API, as a desk does."""

    def __init__(self, url: str, token: str, *, user_id: int) -> None:
        self.user_id = user_id
        self.api = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=LONGEST_SECONDS)
        self._open = ExitStack()
        address = url.replace("http", "ws") + "/ws"
        self._socket = self._open.enter_context(connect(address, subprotocols=[Subprotocol("v12.stomp")], **PATIENT))
        self._decoder = Decoder(Limits(max_body_bytes=1 << 21))
        self._decoder.version = "1.2"
        self._frames: list[Frame] = []
        self._names = 0
        self._ask("CONNECT", {"accept-version": "1.2", "host": "x", "Authorization": f"Bearer {token}"}, "CONNECTED")
        self._listen(f"/sub/counselor/{user_id}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._open.close()
        self.api.close()

    def be_ready(self) -> None:
        for state in ("online", "ready"):
            assert self.api.patch(f"/api/counselors/{state}").status_code == httpx.codes.OK

    def take(self) -> int:
        """Wait for a conversation that becomes this counselor's, follow it, and return its id."""
        session_id: int = self.hear("ASSIGNED")["session_id"]
        self._listen(f"/sub/session/{session_id}", **{"last-seq": "0"})
        return session_id

    def say(self, session_id: int, content: str, *, attachment_id: int | None = None) -> None:
        """Say something, and return when it is kept."""
        said = {"type": "MESSAGE", "client_message_id": self._name(), "content": content}
        self.send(session_id, said if attachment_id is None else said | {"attachment_id": attachment_id})

    def send(self, session_id: int, body: dict[str, Any]) -> None:
        headers = {"destination": f"/pub/session/{session_id}", "receipt": self._name()}
        self._ask("SEND", headers, "RECEIPT", msgspec.json.encode(body))

    def upload(self, session_id: int, name: str, content: bytes, content_type: str) -> int:
        answer = self.api.post(f"/api/sessions/{session_id}/attachments", files={"file": (name, content, content_type)})
        assert answer.status_code == httpx.codes.CREATED, answer.text
        attachment_id: int = answer.json()["id"]
        return attachment_id

    def hear(self, kind: str, **wanted: Any) -> dict[str, Any]:
        """Wait for an event of a kind with these values, not my own, and take it; others are kept for later."""
        while True:
            for frame in self._frames:
                event: dict[str, Any] = msgspec.json.decode(frame.body) if frame.command == "MESSAGE" else {}
                is_wanted = event.get("type") == kind and all(event.get(name) == wanted[name] for name in wanted)
                if is_wanted and event.get("sender", {}).get("id") != self.user_id:
                    self._frames.remove(frame)
                    return event
            self._receive()

    def _listen(self, destination: str, **headers: str) -> None:
        name = self._name()
        self._ask("SUBSCRIBE", {"id": name, "destination": destination, "receipt": name, **headers}, "RECEIPT")

    def _ask(self, command: str, headers: dict[str, str], answer: str, body: bytes = b"") -> None:
        frame = encode(command, headers.items(), body, version="1.2")
        self._socket.send(frame)
        while True:
            found = next((one for one in self._frames if one.command in (answer, "ERROR")), None)
            if found is not None:
                assert found.command == answer, found.body
                self._frames.remove(found)
                return
            self._receive()

    def _receive(self) -> None:
        data = self._socket.recv(timeout=LONGEST_SECONDS)
        self._frames.extend(frame for frame in self._decoder.feed(data) if isinstance(frame, Frame))

    def _name(self) -> str:
        self._names += 1
        return f"counselor-{self._names}"
