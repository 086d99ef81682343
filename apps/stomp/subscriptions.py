"""What stands between a topic of the hub and one subscription of a client."""

from __future__ import annotations

import asyncio

from apps.common.errors import ServiceUnavailable
from apps.stomp.destinations import Listener, NumberedTopic, Source, Subscribed, Topic
from apps.stomp.hub import Hub, Published
from apps.stomp.refusals import as_refusal

READS_AT_MOST = 20  # for a number that was told of but is not there: the row's replica may lag a little
PAUSE_SECONDS = 0.05


class LiveSubscription:
    """Passes on what comes."""

    def __init__(self, topic: Topic, *, hub: Hub, listener: Listener) -> None:
        self._topic = topic
        self._hub = hub
        self._hear = listener.hear

    async def start(self) -> None:
        """Listen; whatever comes in between, `left` has been called once this has failed."""
        try:
            await self._hub.join(self._topic.name, self)
            for payload in await self._topic.first() if self._topic.first is not None else ():
                self._hear(Published(payload))
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        self._hub.leave(self._topic.name, self)
        if self._topic.left is not None:
            self._topic.left()

    def deliver(self, published: Published) -> None:
        self._hear(published)

    def resynchronise(self) -> None:
        """Nothing to look up: what is told here can be asked for again."""


class NumberedSubscription:
    """Passes on a numbered log, each number once and in its order.

    What is published is only a hint that a number is there: the next one is passed on as it comes, an old one
    is dropped, and a gap is filled from the log.
    """

    def __init__(self, topic: NumberedTopic, *, hub: Hub, listener: Listener) -> None:
        self._topic = topic
        self._hub = hub
        self._listener = listener
        self._cursor = topic.cursor
        self._highest = topic.cursor
        self._may_have_lost = False
        self._filling: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen first, then read: between the two nothing falls through.

        From the first moment on this is what reads, so that a loss of Redis while it joins starts no second one.
        """
        self._filling = asyncio.current_task()
        try:
            await self._hub.join(self._topic.name, self)
            await self._fill()
        except BaseException:
            self.stop()
            raise
        finally:
            self._filling = None

    def stop(self) -> None:
        self._hub.leave(self._topic.name, self)
        if self._filling is not None and self._filling is not asyncio.current_task():
            self._filling.cancel()

    def deliver(self, published: Published) -> None:
        seq = published.seq
        if seq is None:
            self._listener.hear(published)
        elif seq == self._cursor + 1 and self._filling is None:
            self._cursor = seq
            self._listener.hear(published)
        elif seq > self._cursor:
            self._highest = max(self._highest, seq)
            self._read_on()

    def resynchronise(self) -> None:
        """Read the log from the cursor on; once more where it is being read: that may have begun before the loss."""
        self._may_have_lost = True
        self._read_on()

    def _read_on(self) -> None:
        if self._filling is None:
            self._filling = asyncio.get_running_loop().create_task(self._fill_or_give_up())

    async def _fill_or_give_up(self) -> None:
        try:
            await self._fill()
        except Exception as error:  # noqa: BLE001 - the task's edge: whatever it is, this client has to hear of it
            self._listener.give_up(as_refusal(error))
        finally:
            self._filling = None

    async def _fill(self) -> None:
        """Pass on what the log has after the cursor, until that is all that was told of, or may have been."""
        for _ in range(READS_AT_MOST):
            self._may_have_lost = False
            while entries := await self._topic.read_after(self._cursor):
                for seq, payload in entries:
                    self._cursor = seq
                    self._listener.hear(Published(payload))
            if self._highest <= self._cursor and not self._may_have_lost:
                return
            await asyncio.sleep(PAUSE_SECONDS)
        raise ServiceUnavailable


def subscription_to(topic: Topic | NumberedTopic | Source, *, hub: Hub, listener: Listener) -> Subscribed:
    """Return what serves a topic, or whatever else is heard at a destination; it is not started yet."""
    if isinstance(topic, NumberedTopic):
        return NumberedSubscription(topic, hub=hub, listener=listener)
    if isinstance(topic, Topic):
        return LiveSubscription(topic, hub=hub, listener=listener)
    return topic(listener)
