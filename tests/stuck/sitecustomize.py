"""With this folder on PYTHONPATH every Python process gets stuck, in its main thread, when SIGUSR2 comes."""

import signal
from types import FrameType


def get_stuck(_number: int, _frame: FrameType | None) -> None:
    while True:
        pass


signal.signal(signal.SIGUSR2, get_stuck)
