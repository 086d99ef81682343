"""What a provider's folder knows nobody else does: not in Python, which the import contract sees, nor in pages."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import settings

from apps.payments.gateway.port import BALANCE_TOO_SMALL, NEVER_HEARD_OF
from tests.gateway_contract import House
from tests.integration.payments import test_gateway_contract as contract

CHECKOUT = Path(settings.BASE_DIR)
GATEWAY = CHECKOUT / "apps/payments/gateway"
FOLDERS = sorted(one.parent.name for one in GATEWAY.glob("*/__init__.py"))
ROOMS = ("apps", "templates", "static", "ticketlive")
MAY_NAME_IT = (
    "ticketlive/settings.py",  # its addresses, keys and limits come from the environment
    "ticketlive/environment.py",
    "apps/payments/migrations/0005_provider.py",  # who took what was paid before payments had a provider's name
    "apps/payments/sandbox/",  # stands in for it, in a process of its own
)
OWN_CODES = {NEVER_HEARD_OF, BALANCE_TOO_SMALL}  # which the platform gives itself, and took from Toss


def other_files(provider: str) -> Iterator[tuple[str, str]]:
    """The names and texts of all files that pages, services and settings are made of, but for the folder's own."""
    for room in ROOMS:
        for path in sorted((CHECKOUT / room).rglob("*")):
            name = path.relative_to(CHECKOUT).as_posix()
            is_text = path.suffix in {".py", ".html", ".js", ".css", ".txt", ".svg", ".lua"}
            if is_text and not path.is_relative_to(GATEWAY / provider) and not name.startswith(MAY_NAME_IT):
                yield name, path.read_text()


@pytest.mark.parametrize("provider", FOLDERS)
def test_no_other_room_names_a_payment_provider(provider: str) -> None:
    assert [name for name, text in other_files(provider) if provider in text.lower()] == []


@pytest.mark.parametrize("provider", FOLDERS)
def test_no_other_room_knows_its_codes_and_methods(provider: str) -> None:
    texts = import_module(f"apps.payments.gateway.{provider}").PROVIDER.texts
    codes = {*texts.payments, *texts.refunds, *texts.method_names, *(method.code for method in texts.methods)}
    quoted = [f"{mark}{code}{mark}" for code in codes - OWN_CODES for mark in "\"'"]
    folders = tuple(f"{GATEWAY.relative_to(CHECKOUT)}/{folder}/" for folder in FOLDERS)  # two may share a code
    others = [(name, text) for name, text in other_files(provider) if not name.startswith(folders)]

    assert [(name, code) for name, text in others for code in quoted if code in text] == []


def test_all_folders_are_looked_at() -> None:
    assert "toss" in FOLDERS
    assert len(list(other_files("toss"))) > 500


def test_the_import_contract_protects_every_folder() -> None:
    contracts = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    protected = {module for one in contracts if one["type"] == "protected" for module in one["protected_modules"]}

    assert protected == {f"apps.payments.gateway.{folder}" for folder in FOLDERS}


@pytest.mark.parametrize("provider", FOLDERS)
def test_every_adapter_is_held_to_the_gateways_contract(provider: str) -> None:
    houses = [one for one in vars(contract).values() if isinstance(one, type) and issubclass(one, House)]

    assert f"apps.payments.gateway.{provider}" in {one.module for one in houses if one is not House}
