"""The scripts for k6 without a k6: they parse, use nothing that k6 has not, and call what the platform has."""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.urls import resolve
from drf_spectacular.generators import SchemaGenerator

from apps.stomp.destinations import Destinations
from bench.k6.options import JOURNEYS
from bench.k6.players import FOLDER, NODE
from tests.waiting import LONGEST_SECONDS
from ticketlive.stomp import stomp_destinations

SCRIPTS = sorted(FOLDER.glob("*.js"))
SOURCES = [*SCRIPTS, *sorted((FOLDER / "lib").glob("*.js"))]
CALLS = "lib/calls.js"
# What Node.js and browsers have and k6 has not, or not everywhere.
FOREIGN = re.compile(
    r"\b(process|Buffer|require|fetch|URL|URLSearchParams|TextEncoder|TextDecoder|structuredClone|performance\.now|"
    r"queueMicrotask|globalThis|window|for await|node:\w+|import\()\b"
)
IMPORT = re.compile(r"""^(?:import|export) .*? from "([^"]+)";$""", re.MULTILINE)
OF_K6 = {"k6", "k6/http", "k6/metrics", "k6/websockets", "k6/execution", "k6/data"}
LITERAL_ADDRESS = re.compile(r"""["'`](?:https?://|/)[^"'`]*["'`]""")


def node(*arguments: str) -> str:
    done = subprocess.run(
        [NODE, *arguments], capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False, cwd=FOLDER
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def code_of(source: Path) -> str:
    """The text without comments and what is quoted for people."""
    return re.sub(r"/\*.*?\*/|//[^\n\"`]*$", "", source.read_text(), flags=re.DOTALL | re.MULTILINE)


@cache
def calls() -> dict[str, Any]:
    """The tables of lib/calls.js, as the scripts read them."""
    wanted = "API, PAGES, SOCKET, DESTINATIONS"
    return json.loads(
        node(
            "--input-type=module",
            "-e",
            f'import {{ {wanted} }} from "./{CALLS}"; console.log(JSON.stringify({{ {wanted} }}))',
        )
    )


def name_of(source: Path) -> str:
    return source.relative_to(FOLDER).as_posix()


def test_the_six_journeys_are_there_and_no_other() -> None:
    assert {script.stem for script in SCRIPTS} == set(JOURNEYS)


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_a_script_is_a_module_that_parses(source: Path) -> None:
    node("--check", str(source))


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_a_script_uses_nothing_that_k6_has_not(source: Path) -> None:
    imported = IMPORT.findall(source.read_text())

    assert not FOREIGN.findall(code_of(source))
    assert all(name in OF_K6 or (source.parent / name).is_file() for name in imported)


@pytest.mark.parametrize("source", [one for one in SOURCES if name_of(one) != CALLS], ids=name_of)
def test_addresses_stand_in_one_table(source: Path) -> None:
    assert [found for found in LITERAL_ADDRESS.findall(code_of(source)) if "127.0.0.1" not in found] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=name_of)
def test_each_script_holds_the_site_to_what_is_right(script: Path) -> None:
    text = script.read_text()

    assert "...CORRECT," in text
    assert 'export { handleSummary } from "./lib/summary.js";' in text


def test_every_call_is_in_the_document_of_the_api() -> None:
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]

    for name, (method, path) in calls()["API"].items():
        assert method.lower() in paths.get(path, {}), f"{name}: the document has no {method} {path}"


def test_every_page_is_one_of_the_site() -> None:
    for _method, path in calls()["PAGES"].values():
        assert resolve(re.sub(r"\{\w+\}", "one", path))


def test_every_destination_is_one_that_stomp_has() -> None:
    destinations, table = Destinations(stomp_destinations()), calls()["DESTINATIONS"]

    for name, template in table.items():
        if name != "errors":  # the protocol's own
            found, _ = destinations.find(re.sub(r"\{\w+\}", "1", template))
            assert found.send if template.startswith("/pub/") else found.subscribe


def test_every_call_of_the_table_is_made_by_a_journey() -> None:
    made = "".join(code_of(source) for source in SOURCES if name_of(source) != CALLS)

    assert [name for name in (calls()["API"] | calls()["PAGES"]) if f'call("{name}"' not in made] == []
    assert [name for name in calls()["DESTINATIONS"] if f"DESTINATIONS.{name}" not in made] == []
