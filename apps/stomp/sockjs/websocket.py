"""SockJS over a WebSocket: /{server}/{session}/websocket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from apps.stomp.consumer import Message, StompConsumer, WebSocketTransport
from apps.stomp.protocol.session import Wire
from apps.stomp.sockjs.framing import (
    HEART_BEAT,
    HEART_BEAT_SECONDS,
    OPEN,
    BadFrame,
    close_frame,
    messages_frame,
    read_websocket_message,
    text_of,
)

NO_STOMP = "\N{REPLACEMENT CHARACTER}\n\n\0"  # what is no SockJS either is answered as STOMP answers it


class SockJSConsumer(StompConsumer):
    """Wraps STOMP frames as SockJS messages, and takes them out again."""

    def transport(self, send: Callable[[Message], Awaitable[None]]) -> WebSocketTransport:
        return FramedTransport(send)

    def read(self, data: Wire) -> Sequence[Wire]:
        try:
            return read_websocket_message(data)
        except BadFrame:
            return [NO_STOMP]


class SockJSFrame(str):
    """A frame of SockJS itself, which is not wrapped."""

    __slots__ = ()


class FramedTransport(WebSocketTransport):
    """Opens with `o`, beats with `h`, and closes with `c`."""

    def __init__(self, send: Callable[[Message], Awaitable[None]]) -> None:
        super().__init__(send)
        self.send(SockJSFrame(OPEN))
        self._beating = asyncio.get_running_loop().call_later(HEART_BEAT_SECONDS, self._beat)

    def messages(self, frames: list[Wire]) -> list[Message]:
        """Put STOMP frames that stand together into one array."""
        texts: list[str] = []
        waiting: list[str] = []
        for frame in frames:
            if not isinstance(frame, SockJSFrame):
                waiting.append(text_of(frame))
                continue
            if waiting:
                texts.append(messages_frame(waiting))
                waiting = []
            texts.append(frame)
        if waiting:
            texts.append(messages_frame(waiting))
        return [{"type": "websocket.send", "text": str(text)} for text in texts]

    async def finish(self) -> None:
        self._beating.cancel()
        await super().finish()

    async def _say_good_bye(self, code: int, reason: str) -> None:
        with suppress(OSError):
            await self._send({"type": "websocket.send", "text": close_frame(code, reason)})
        await super()._say_good_bye(code, reason)

    def _beat(self) -> None:
        self.send(SockJSFrame(HEART_BEAT))
        self._beating = asyncio.get_running_loop().call_later(HEART_BEAT_SECONDS, self._beat)
