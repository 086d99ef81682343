"""What the processes of this machine use: the platform's, found by their ports, and the crowd's own."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import psutil
from django.conf import settings

LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
CLIENT = "the crowd"
MEBIBYTE = 1024 * 1024
MOST_WEBS = 64
SERVERS = {"mariadbd": "database", "mysqld": "database", "redis-server": "redis", "nginx": "nginx"}


@dataclass(slots=True)
class ProcessUse:
    """One process: CPU seconds since the beginning and resident memory in MiB, sampled."""

    name: str
    process: psutil.Process
    cpu_before: float
    cpu_seconds: list[float] = field(default_factory=list)
    memory_mib: list[float] = field(default_factory=list)

    def sample(self) -> None:
        """Note where it stands; a process that has ended stays where it was."""
        try:
            with self.process.oneshot():
                times = self.process.cpu_times()
                memory = self.process.memory_info().rss / MEBIBYTE
        except psutil.Error:
            self.cpu_seconds.append(self.cpu_seconds[-1] if self.cpu_seconds else 0.0)
            self.memory_mib.append(0.0)
            return
        self.cpu_seconds.append(times.user + times.system - self.cpu_before)
        self.memory_mib.append(memory)


class Machine:
    """The processes to be watched; none of them where the platform is on another machine, but the crowd's own."""

    def __init__(self, base_urls: tuple[str, ...], sandbox_url: str) -> None:
        self.uses: list[ProcessUse] = []
        self.at: list[float] = []
        self.is_local = all(urlsplit(url).hostname in LOCAL_HOSTS for url in base_urls)
        self._known: set[int] = set()
        if self.is_local:
            self._find(base_urls, sandbox_url)
        self._watch(CLIENT, psutil.Process(os.getpid()))

    def sample(self, at: float) -> None:
        self.at.append(at)
        for use in self.uses:
            use.sample()

    def _find(self, base_urls: tuple[str, ...], sandbox_url: str) -> None:
        listening = _listening()
        ports = [urlsplit(url).port or 80 for url in base_urls]
        webs = [listening[port] for port in ports if port in listening]
        for number, web in enumerate(webs, start=1):
            if _program(web) == "nginx":
                self._watch_family("nginx", web)
            else:
                self._watch(f"web {number}" if len(webs) > 1 else "web", web)
        for number, web in enumerate(_platform_webs(), start=1):  # those behind nginx
            self._watch(f"web {number}", web)
        self._find_beside([use.process for use in self.uses])
        sandbox = listening.get(urlsplit(sandbox_url).port or 80)
        if sandbox is not None:
            self._watch("sandbox", sandbox)
        for port, name in ((_port(settings.DATABASES["default"]), "database"), (_redis_port(), "redis")):
            if port in listening:
                self._watch(name, listening[port])

    def _find_beside(self, webs: list[psutil.Process]) -> None:
        """Worker, beat and Redis of the same home as the web's."""
        homes = [home for web in webs if _role(web) == "web" and (home := _home(web)) is not None]
        for process in psutil.process_iter():
            role = _role(process)
            is_ours = _has_socket(process, str(settings.REDIS_URL)) if role == "redis" else _home(process) in homes
            if role in {"worker", "beat", "redis"} and is_ours:
                self._watch(role, process)

    def _watch_family(self, name: str, process: psutil.Process) -> None:
        parent = process.parent()
        master = parent if parent is not None and _program(parent) == name else process
        for number, member in enumerate([master, *master.children()]):
            self._watch(f"{name} {number}" if number else name, member)

    def _watch(self, name: str, process: psutil.Process) -> None:
        if process.pid in self._known:
            return
        try:
            times = process.cpu_times()
        except psutil.Error:
            return
        self._known.add(process.pid)
        taken = [use.name for use in self.uses]
        unique = name if name not in taken else f"{name} ({process.pid})"
        self.uses.append(ProcessUse(unique, process, times.user + times.system))


def _listening() -> dict[int, psutil.Process]:
    """Who listens on which port, as far as this user may know."""
    found: dict[int, psutil.Process] = {}
    for connection in psutil.net_connections(kind="tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.pid is not None and connection.laddr:
            try:
                found.setdefault(connection.laddr.port, psutil.Process(connection.pid))
            except psutil.Error:
                continue
    return found


def platform_ports() -> list[int]:
    """The ports of the web processes that run beside the one at PORT, itself first; PORT + 1 is the sandbox's."""
    listening = _listening()
    first = listening.get(settings.PORT)
    if first is None or _role(first) != "web":
        return []
    ports = [settings.PORT]
    for port in range(settings.PORT + 2, settings.PORT + 2 + MOST_WEBS):
        other = listening.get(port)
        if other is None or _role(other) != "web" or _home(other) != _home(first):
            break
        ports.append(port)
    return ports


def _platform_webs() -> list[psutil.Process]:
    listening = _listening()
    return [listening[port] for port in platform_ports()]


def _role(process: psutil.Process) -> str | None:
    """What a process is to the platform, by what it was started as."""
    try:
        words = process.cmdline()
    except psutil.Error:
        return None
    line = " ".join(words)
    if "ticketlive.asgi" in line or "ticketlive.wsgi" in line:
        return "web"
    if "celery" in line:
        return "beat" if " beat" in line else "worker"
    if "apps.payments.sandbox" in line:
        return "sandbox"
    return SERVERS.get(_program(process))


def _home(process: psutil.Process) -> tuple[str, str] | None:
    """The folder of the data and the checkout that a process belongs to; None where that is not to be known."""
    try:
        home = process.environ().get("TICKETLIVE_HOME", "")
        return home, "" if home else process.cwd()
    except psutil.Error:
        return None


def _has_socket(process: psutil.Process, address: str) -> bool:
    """Whether a Redis listens on the address's socket file: its title tells it, and its environment is gone."""
    path = urlsplit(address).path
    return address.startswith("unix") and path in " ".join(process.cmdline())


def _program(process: psutil.Process) -> str:
    try:
        return process.name()
    except psutil.Error:
        return ""


def _port(database: dict[str, object]) -> int:
    port = str(database.get("PORT") or "")
    return int(port) if port.isdigit() else 0


def _redis_port() -> int:
    return urlsplit(str(settings.REDIS_URL)).port or 0
