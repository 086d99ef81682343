"""The platform's web process that gives clients three seconds to take what waits for them, instead of twenty.

For the tests alone: uvicorn serves `tests.impatient_web:application`.
"""

from __future__ import annotations

from apps.common.sockets import protocols
from ticketlive.asgi import application

__all__ = ["application"]

protocols.OPEN = protocols.OPEN._replace(seconds=3.0)
