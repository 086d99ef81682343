"""Services choose their transactions by docs/transactions.md: none begins a bare one without saying why."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

APPS = Path(settings.BASE_DIR) / "apps"

CONSTRAINT = "a constraint decides about one INSERT: the loser is told so, and a repeat would say the same"
REDIS = "a script of Redis is called under the row's lock: a roll-back does not undo it, and its caller repeats it"
FILE = "a file is stored with the row: a repeat would store it again"

BARE = {
    "accounts/services/sign_up.py": {"sign_up": CONSTRAINT},
    "concerts/services/block_seats.py": {"block_seats": REDIS, "free_unblocked_seats": REDIS},
    "concerts/services/build_venue.py": {"_create_venue": CONSTRAINT},
    "concerts/services/publish_show.py": {"take_back_show": REDIS},
    "concerts/services/share_sale_settings.py": {"write_sale_settings": REDIS},
    "concerts/waiting_room/services/open_line.py": {"open_line": REDIS},
    "counseling/services/attachments.py": {"_insert": FILE},
    "counseling/services/rebuild_routing.py": {"put_right": REDIS},
    "orders/services/rebuild_seat_state.py": {"rebuild_seat_state": REDIS},
    "orders/services/tickets.py": {"issue_tickets": CONSTRAINT},
    "payments/services/after_payment.py": {"free_seats": REDIS},
    "payments/services/receive_webhook.py": {"receive_webhook": CONSTRAINT},
    "payments/services/refund_lines.py": {"bind_lines": CONSTRAINT, "bind_lines_again": CONSTRAINT},
}
"""The functions of services that begin a transaction by themselves, and why."""


def bare_transactions(source: str) -> set[str]:
    """Return the functions (`Class.method`, "" for the module) in which a source uses Django's own `atomic`."""
    return set(_uses(ast.parse(source), within=""))


def _uses(node: ast.AST, *, within: str) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        within = f"{within}.{node.name}".removeprefix(".")
    is_import = isinstance(node, ast.ImportFrom) and node.module == "django.db.transaction"
    if is_import or (isinstance(node, ast.Attribute) and node.attr == "atomic"):
        yield within
    for child in ast.iter_child_nodes(node):
        yield from _uses(child, within=within)


def found_in_services() -> dict[str, set[str]]:
    sources = sorted(APPS.glob("**/services/**/*.py"))
    assert len(sources) > 50
    found = {source.relative_to(APPS).as_posix(): bare_transactions(source.read_text()) for source in sources}
    return {path: functions for path, functions in found.items() if functions}


def test_no_service_begins_a_bare_transaction_without_a_reason() -> None:
    strangers = {
        f"{path}: {function}"
        for path, functions in found_in_services().items()
        for function in functions - BARE.get(path, {}).keys()
    }

    assert not strangers, "use in_transaction, or name it in BARE with a reason of docs/transactions.md"


def test_every_exception_is_still_one() -> None:
    found = found_in_services()

    gone = {f"{path}: {function}" for path, named in BARE.items() for function in named.keys() - found.get(path, set())}

    assert not gone, "these begin no bare transaction any more: take them out of BARE"


@pytest.mark.parametrize(
    ("source", "function"),
    [
        ("def sell():\n    with transaction.atomic():\n        pass", "sell"),
        ("def sell():\n    with clock() as now, transaction.atomic(using='other'):\n        pass", "sell"),
        ("@transaction.atomic\ndef sell():\n    pass", "sell"),
        ("@transaction.atomic(durable=True)\ndef sell():\n    pass", "sell"),
        ("class Sale:\n    @transaction.atomic\n    def sell(self):\n        pass", "Sale.sell"),
        ("def sell():\n    def store():\n        with tx.atomic():\n            pass", "sell.store"),
        ("from django.db.transaction import atomic as begin", ""),
        ("run = transaction.atomic(sell)", ""),
    ],
)
def test_the_check_finds_every_way_to_write_one(source: str, function: str) -> None:
    assert bare_transactions(source) == {function}


def test_the_check_leaves_repeated_transactions_and_hooks_alone() -> None:
    source = "@retried_transaction\ndef sell():\n    transaction.on_commit(tell)\n    return in_transaction(store)"

    assert bare_transactions(source) == set()
