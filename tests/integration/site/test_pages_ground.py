"""What every page stands on: the content policy, the languages, the clock and files under names with a hash."""

from __future__ import annotations

import re
from graphlib import TopologicalSorter
from pathlib import Path

import httpx
import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from apps.common.pages.modules import imports_of

CHECKOUT = Path(__file__).parents[3]
TEMPLATES = sorted((CHECKOUT / "templates").rglob("*.html"))
MODULES = sorted((CHECKOUT / "static").rglob("*.js"))


@pytest.mark.django_db
def test_a_page_allows_no_inline_code(client: Client) -> None:
    policy = client.get("/accounts/log-in/").headers["Content-Security-Policy"]

    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == directives["form-action"] == "'self'"
    assert "unsafe" not in policy


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_no_template_has_inline_code(template: Path) -> None:
    text = template.read_text()

    assert not re.search(r"<[^>]+\sstyle=", text)
    assert not re.search(r"<[^>]+\son\w+=", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/(?:ld\+)?json)[^>]*>", text)
    assert "|safe" not in text


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_no_module_reads_text_as_markup(module: Path) -> None:
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", module.read_text())


def test_no_module_imports_itself_by_way_of_others() -> None:
    """Names with a hash of the content could not be made for a circle."""
    names = {module.relative_to(CHECKOUT / "static").as_posix(): module for module in MODULES}
    imports = {name: imports_of(name, module.read_text(), with_dynamic=True) for name, module in names.items()}

    TopologicalSorter(imports).prepare()


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "text"), [("ko", "연결이 끊겼습니다"), ("en", "catalog")])
def test_scripts_get_the_language_of_the_address(client: Client, language: str, text: str) -> None:
    answer = client.get(f"/jsi18n/{language}.js", headers={"Accept-Language": "en"})

    assert answer.headers["Content-Language"] == language
    assert "public" in answer.headers["Cache-Control"]
    assert text in answer.content.decode()
    assert client.get("/jsi18n/xx.js").status_code == 404


async def test_the_clock_says_the_servers_time(site: httpx.AsyncClient) -> None:
    first, second = [(await site.get("/clock")).json()["now_ms"] for _ in range(2)]

    assert 1_700_000_000_000 < first <= second < first + 60_000


def test_modules_and_what_they_import_have_names_with_a_hash(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = str(tmp_path)
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "apps.common.pages.storage.ModuleStorage"}}

    call_command("collectstatic", interactive=False, verbosity=0)

    all_imported = []
    for module in [*(tmp_path / "common").glob("*.js"), *tmp_path.glob("c*/**/*.js")]:
        if re.search(r"\.[0-9a-f]{12}\.js$", module.name):
            name = module.relative_to(tmp_path).as_posix()
            for imported in imports_of(name, module.read_text(), with_dynamic=True):
                assert re.search(r"\.[0-9a-f]{12}\.js$", imported), f"{name} imports {imported}"
                assert (tmp_path / imported).exists()
                all_imported.append(imported)
    assert all_imported
