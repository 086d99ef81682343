"""Fan-out of one process: what is published on a topic reaches every receiver of it, wherever it was published.

A topic's name is the one that `apps.common.database.outbox.publish` takes. Redis carries each message once to a process
that listens; from there on it is handed over within the process.
"""

from apps.stomp.hub.hub import Hub, Receiver, current_hub
from apps.stomp.hub.published import Published

__all__ = ["Hub", "Published", "Receiver", "current_hub"]
