"""A worker of what is being called off, until it is killed: `python -m tests.faults.payments.carry_on`."""

from __future__ import annotations

import time

import django

PAUSE_SECONDS = 0.05


def main() -> None:
    django.setup()
    from apps.payments.calling_off.carry_on import carry_on_all

    while True:
        carry_on_all(run_seconds=5.0)
        time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    main()
