"""STOMP by a plain consumer: the codec of apps/stomp, a group of the channel layer for each destination.

What one writes with Channels' own means, to compare with the hub. Served by the same uvicorn:
`bench.plain.talk:application`.
"""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ticketlive.settings")

import django

django.setup()

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter

from apps.stomp.protocol.acknowledgements import Subscription
from apps.stomp.protocol.encoder import MessageTemplate
from apps.stomp.protocol.session import ConnectRequested, Send, ServerSession, Subscribe


class PlainConsumer(AsyncWebsocketConsumer):
    """Everybody may connect, subscribe and send."""

    async def connect(self) -> None:
        self.session = ServerSession()
        self.subscriptions: dict[str, Subscription] = {}
        self.sent = 0
        await self.accept(subprotocol="v12.stomp")

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        for event in self.session.receive(text_data if text_data is not None else bytes_data or b""):
            if isinstance(event, ConnectRequested):
                await self.write(self.session.accept(session_id=self.channel_name, user_name=""))
            elif isinstance(event, Subscribe):
                self.subscriptions[event.destination] = self.session.subscriptions[event.id]
                await self.channel_layer.group_add(group_of(event.destination), self.channel_name)
            elif isinstance(event, Send):
                message = {"type": "spoken", "destination": event.destination, "body": event.body.decode()}
                await self.channel_layer.group_send(group_of(event.destination), message)
            if receipt := getattr(event, "receipt", None):
                await self.write(self.session.receipt(receipt))

    async def spoken(self, message: dict[str, Any]) -> None:
        self.sent += 1
        destination = message["destination"]
        template = MessageTemplate(destination, f"m-{self.sent}", {}, message["body"].encode())
        await self.write(self.session.message(template, self.subscriptions[destination]))

    async def disconnect(self, code: int) -> None:
        for destination in self.subscriptions:
            await self.channel_layer.group_discard(group_of(destination), self.channel_name)

    async def write(self, frame: str | bytes) -> None:
        if isinstance(frame, str):
            await self.send(text_data=frame)
        else:
            await self.send(bytes_data=frame)


def group_of(destination: str) -> str:
    """Return a name that the channel layer allows."""
    return destination.strip("/").replace("/", ".")


async def healthy(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body"})


application = ProtocolTypeRouter({"http": healthy, "websocket": PlainConsumer.as_asgi()})
