"""A whole run: nobody attacks, then each attack in turn, and the end of the process."""

from __future__ import annotations

import asyncio
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence

import msgspec

from bench.attacks.attacker import Order
from bench.attacks.attacks import AT_THE_END
from bench.attacks.honest import HonestReader, Window
from bench.attacks.pauses import Look
from bench.attacks.report import Row
from bench.attacks.stage import Scene
from bench.attacks.target import Attack, Effort
from bench.attacks.wire import Address
from bench.servers import WebServer

NOBODY = "nobody attacks"
WARM_SECONDS = 2.0
ATTACKER = ("setpriv", "--pdeathsig", "KILL", sys.executable, "-m", "bench.attacks.attacker")


class AttackFailed(Exception):
    """An attack could not be carried out; the attacking process has said why."""


class Siege:
    """Carries attacks out on one web process, beside one honest reader. `rows` come in order."""

    def __init__(self, web: WebServer, scene: Scene, *, part: float, tell: Callable[[str], None]) -> None:
        self.rows: list[Row] = []
        self._web, self._part, self._tell = web, part, tell
        self._target = scene.at(web.url)
        self._reader = HonestReader(scene.honest, Address(self._target.host, self._target.port))

    async def run(self, attacks: Sequence[Attack], *, seconds: float) -> None:
        """Carry all of them out, and end the process."""
        reading = asyncio.ensure_future(self._reader.go_on())
        try:
            await asyncio.sleep(min(WARM_SECONDS, seconds))
            await self._row(NOBODY, seconds, None)
            for attack in attacks:
                if reading.done():
                    reading.result()
                await self._row(attack.name, max(seconds, attack.seconds * self._part), attack)
            await self._row(f"{NOBODY} any more", seconds, None)
        finally:
            reading.cancel()
            await self._reader.settles()
            self._reader.close()
        await self._end()

    async def _row(self, name: str, seconds: float, attack: Attack | None) -> None:
        """Count what happens meanwhile, from a quiet moment to the next."""
        self._tell(name)
        before, started = Look.at(await self._reader.metrics()), time.monotonic()
        window = self._reader.window = Window()
        answers: dict[str, int] = {}
        if attack is None:
            await asyncio.sleep(seconds)
        else:
            answers = await _answers(await self._attacker(attack, seconds), attack)
        self._reader.window = Window()
        await self._reader.settles(window)
        pause = before.longest_until(Look.at(await self._reader.metrics()))
        self.rows.append(Row.of(name, seconds=time.monotonic() - started, answers=answers, pause=pause, window=window))

    async def _attacker(self, attack: Attack, seconds: float) -> Process:
        process = await asyncio.create_subprocess_exec(*ATTACKER, stdin=PIPE, stdout=PIPE)
        assert process.stdin is not None
        order = Order(attack.name, self._target, Effort(seconds, self._part))
        process.stdin.write(msgspec.json.encode(order))
        process.stdin.close()
        return process

    async def _end(self) -> None:
        """Ask the process to end while some do not read, and note how long that takes."""
        self._tell(AT_THE_END.name)
        process = await self._attacker(AT_THE_END, AT_THE_END.seconds)
        assert process.stdout is not None
        await process.stdout.readline()
        await asyncio.sleep(WARM_SECONDS)
        started = time.monotonic()
        code = await asyncio.to_thread(self._web.end)
        seconds = time.monotonic() - started
        answers = {f"the process ended after {seconds:.1f} s, by {code}": 1, **await _answers(process, AT_THE_END)}
        self.rows.append(Row(AT_THE_END.name, seconds=round(seconds, 1), answers=answers))


async def _answers(process: Process, attack: Attack) -> dict[str, int]:
    """Return what the attacker was told, at the attack's end."""
    output, _ = await process.communicate()
    if process.returncode:
        raise AttackFailed(attack.name)
    return msgspec.json.decode(output, type=dict[str, int])
