"""honcho's manager, with three promises more.

It says who ended first; nothing outlives it; and a process that its own watchdog has ended is started anew.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import shlex
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from honcho.manager import SIGNALS, Manager
from honcho.printer import Message, Printer
from honcho.process import Process

from apps.common.event_loop.watchdog import BACKSTOP_SIGNAL, EXIT_CODE

PR_SET_PDEATHSIG = 1  # prctl(2)
ENDED_BY_WATCHDOG = (EXIT_CODE, -BACKSTOP_SIGNAL)


def bound_to_parent(command: Sequence[str]) -> list[str]:
    """Return `command` so that the kernel kills it when the process that starts it ends."""
    return ["setpriv", "--pdeathsig", "KILL", "--", *command]


class BoundProcess(Process):
    """A process whose keeper, a fork of the manager, dies with the manager and takes the process along."""

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != self.manager_pid:  # it ended before the kernel knew
            return
        super().run(events, ignore_signals)

    manager_pid: int


class LoggingPrinter(Printer):
    """Prints to the terminal and to a file; the file of the start before is kept beside it."""

    def __init__(self, log: Path) -> None:
        super().__init__(sys.stdout)
        if log.exists():
            log.replace(log.with_suffix(".previous.log"))
        self._log = log.open("w", buffering=1)

    def write(self, message: Message) -> None:
        super().write(message)
        text = message.data if isinstance(message.data, str) else message.data.decode(errors="replace")
        self._log.write(f"{message.time:%Y-%m-%d %H:%M:%S} {message.name}: {text.rstrip()}\n")


class ProcessManager(Manager):
    """Runs processes side by side; when one ends, it ends the others.

    A process whose watchdog has ended it is the exception: another is started, and the others go on.
    """

    events: Any  # honcho's queue of what the processes say
    returncode: int | None  # of the process that ended first, or 128 and the signal's number

    def __init__(self, *, log: Path) -> None:
        multiprocessing.set_start_method("fork", force=True)  # a keeper has to be a child of this process
        super().__init__(LoggingPrinter(log))
        self._process_ctor = BoundProcess
        self._signal: int | None = None
        self.cause = "a signal came"

    def add(self, name: str, command: Sequence[str]) -> None:
        """Add a process, to be started by `run`."""
        process = self.add_process(name, f"exec {shlex.join(bound_to_parent(command))}")
        process.manager_pid = os.getpid()

    def run(self) -> int:
        """Run all processes until one ends or a signal comes; return the exit code, never 0, and leave the `cause`."""
        signal.signal(signal.SIGCHLD, self._notice_killed_keepers)
        self.loop()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        code = self.returncode or 1
        return 128 - code if code < 0 else code

    def terminate(self) -> None:
        """End all processes; honcho calls this on a signal and when a process has ended."""
        if not self._terminating:
            for name, state in self._processes.items():
                if "returncode" in state:
                    self.cause = f"{name} {in_words(state['returncode'])}"
        super().terminate()

    def _start(self) -> None:
        """Start the processes. A signal is only noted when it comes, and acted upon between two messages.

        honcho prints from its signal handlers: one that comes during another's printing would break it.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._note_signal)
        super()._start()
        self.events = _Watched(self.events, before=self._act_on_signal, instead=self._start_anew)

    def _note_signal(self, number: int, _frame: object) -> None:
        self._signal = number

    def _act_on_signal(self) -> None:
        if self._signal is not None and not self._terminating and self._all_started():
            self._system_print(f"{SIGNALS[self._signal]['name']} received\n")
            self.returncode = SIGNALS[self._signal]["rc"]
            self.terminate()

    def _start_anew(self, message: Message) -> Message:
        """Start a process again where its watchdog has ended it; return the message that honcho is to read."""
        if message.type != "stop" or message.data["returncode"] not in ENDED_BY_WATCHDOG or self._terminating:
            return message
        state = self._processes[message.name]
        state["pid"] = None  # until it has started: nobody is to be ended while one of them has no number
        keeper = multiprocessing.Process(name=message.name, target=state["obj"].run, args=(self.events.queue, True))
        state["process"] = keeper
        keeper.start()
        code = in_words(message.data["returncode"])
        return message._replace(type="line", data=f"{code} by its watchdog; another is started\n")

    def _notice_killed_keepers(self, *_: object) -> None:
        """Write down for a keeper what it can no longer report: its process was killed with it."""
        for state in self._processes.values():
            code = state["process"].exitcode if "process" in state else None
            if code and "returncode" not in state:
                state["returncode"] = code
                self.returncode = self.returncode or code


class _Watched:
    """A queue of events that does something else before it gives the next one, and may give another instead."""

    def __init__(self, queue: Any, *, before: Callable[[], None], instead: Callable[[Message], Message]) -> None:
        self.queue = queue
        self._before = before
        self._instead = instead

    def get(self, timeout: float) -> Any:
        self._before()
        return self._instead(self.queue.get(timeout=timeout))


def in_words(code: int) -> str:
    """Say how a process ended, from `subprocess`'s return code."""
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
