"""The platform without its admission, to compare with: whoever comes begins at once. `bench.unranked:application`."""

from ticketlive.asgi import application

application._begins = lambda _rank: True  # type: ignore[method-assign]  # noqa: SLF001 - for the comparison alone
application._ends = lambda _rank: None  # type: ignore[method-assign]  # noqa: SLF001

__all__ = ["application"]
