"""A process of the platform that is killed at a chosen place: `python -m tests.faults.payments.die_at PLACE WORK ...`.

PLACE is the dotted name of the function at whose call the process gets SIGKILL, WORK what it is about to do.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from importlib import import_module
from typing import Any, NoReturn

import django
from django.utils.module_loading import import_string


def die(*_: Any, **__: Any) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def find_owner(owner: str) -> Any:
    """Return a module, or what a module has under a name."""
    try:
        return import_module(owner)
    except ModuleNotFoundError:
        return import_string(owner)


def main(place: str, work: str, *arguments: str) -> None:
    django.setup()
    owner, _, name = place.rpartition(".")
    setattr(find_owner(owner), name, die)
    if work == "confirm":
        key, order_id, amount, user_id = arguments
        confirm = import_string("apps.payments.services.confirm_payment.confirm_payment")
        confirm(key, order_id=order_id, amount_krw=int(amount), user_id=int(user_id))
    elif work == "confirm on the loop":
        key, order_id, amount, user_id = arguments
        services = "apps.payments.services"
        request = import_string(f"{services}.begin_attempts.ConfirmRequest")(key, order_id, int(amount), int(user_id))
        asyncio.run(import_string(f"{services}.aconfirm_payment.aconfirm_payment")(request))
    else:
        order_id, user_id = arguments
        import_string("apps.payments.services.cancel_order.cancel_order")(order_id, user_id=int(user_id))


if __name__ == "__main__":
    main(*sys.argv[1:])
