"""The same applications under daphne, uvicorn and granian, one server at a time on the same core."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.answers import WrongAnswers
from bench.calls import Call, CallFile
from bench.machine import Cores
from bench.options import FULL
from bench.rounds import Tell
from bench.servers import DAPHNE, GRANIAN, GRANIAN_WSGI, UVICORN, WebServer
from bench.wrk import play

BARE_ENDPOINT, STATUS, VIEW = "bare", "waiting-room status", "Django view"
VIEW_CONNECTIONS = 16  # half of what may wait for the threads of the view: some of the run before may wait too
BARE_APPLICATION, PLATFORM = "bench.bare:application", "ticketlive.asgi:application"

ASGI_SERVERS = {"daphne": DAPHNE, "uvicorn": UVICORN, "granian": GRANIAN}
WSGI = "granian, WSGI"
DJANGO_ASGI = "uvicorn, Django's ASGI handler"


@dataclass(frozen=True, slots=True)
class Setting:
    """A server, the application it serves, and what is asked of it."""

    server: str
    command: list[str]
    application: str
    subjects: tuple[str, ...]


SETTINGS = [
    *(Setting(name, command, BARE_APPLICATION, (BARE_ENDPOINT,)) for name, command in ASGI_SERVERS.items()),
    *(Setting(name, command, PLATFORM, (STATUS, VIEW)) for name, command in ASGI_SERVERS.items()),
    Setting(WSGI, GRANIAN_WSGI, "ticketlive.wsgi:application", (VIEW,)),
    Setting(DJANGO_ASGI, UVICORN, "bench.django_asgi:application", (VIEW,)),
]


@dataclass(slots=True)
class Comparison:
    """Answers a second by server and subject."""

    rates: dict[str, dict[str, float]] = field(default_factory=dict)

    def add(self, server: str, subject: str, rate: float) -> None:
        self.rates.setdefault(server, {})[subject] = rate


def compare_servers(
    status: CallFile, *, cores: Cores, folder: Path, rounds: int, seconds: float, tell: Tell
) -> Comparison:
    """Measure every setting; each subject is warmed up for a second first.

    Raises:
        WrongAnswers: a server did not answer each call with success.
    """
    view = CallFile.write(folder / "calls-view", [Call("GET", "/healthz")])
    files = {BARE_ENDPOINT: status, STATUS: status, VIEW: view}
    comparison = Comparison()
    for setting in SETTINGS:
        log = folder / "compared.log"
        with WebServer(setting.command, setting.application, cores=cores, log=log) as server:
            for subject in setting.subjects:
                tell(f"{setting.server}: {subject}")
                calls, connections = files[subject], VIEW_CONNECTIONS if subject == VIEW else FULL.connections
                rates = list(_rates(calls, connections, url=server.url, seconds=[1, *[seconds] * rounds]))
                comparison.add(setting.server, subject, median(rates[1:]))
    return comparison


def _rates(calls: CallFile, connections: int, *, url: str, seconds: Sequence[float]) -> Iterator[float]:
    for length in seconds:
        run = play(calls, url=url, connections=connections, seconds=length)
        if run.refused or run.broken:
            raise WrongAnswers(f"{url}: {run}")
        yield run.rate
