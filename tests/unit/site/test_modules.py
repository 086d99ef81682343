"""What a page's scripts consist of, as derived from the modules' own imports."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from apps.common.pages.modules import imports_of, modules_of
from tests.waiting import LONGEST_SECONDS

CHECKOUT = Path(__file__).parents[3]
STATIC = CHECKOUT / "static"
NODE = str(Path(sys.executable).with_name("node"))
ASK_NODE = """
import { readFileSync } from "node:fs";
import { SourceTextModule } from "node:vm";
const found = {};
for (const path of process.argv.slice(1)) {
  found[path] = new SourceTextModule(readFileSync(path, "utf8")).dependencySpecifiers;
}
console.log(JSON.stringify(found));
"""


@pytest.fixture
def find(tmp_path: Path) -> Callable[[str], Path]:
    return lambda name: tmp_path / name


def write(folder: Path, sources: dict[str, str]) -> None:
    for name, source in sources.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(source)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ('import { h } from "../common/dom.js";', ["common/dom.js"]),
        ('import {\n  one,\n  other,\n} from "./many.js"; // why', ["shop/many.js"]),
        ('import * as all from "./all.js";\nimport "./effects.js";', ["shop/all.js", "shop/effects.js"]),
        ('export { sum } from "./sum.js";\nexport const price = "12";', ["shop/sum.js"]),
        ('/** @import { Order } from "./types-only.js" */\n', []),
        ('const text = "import it from ./nowhere.js";\nexport const address = "./data.js";', []),
        ('const { booking } = await import("./booking.js");', []),
    ],
)
def test_a_module_imports_what_its_statements_name(source: str, names: list[str]) -> None:
    assert list(imports_of("shop/page.js", source)) == names


def test_what_is_imported_later_is_told_when_asked_for() -> None:
    source = 'import "./now.js";\nconst { later } = await import("../later.js");'

    assert list(imports_of("shop/page.js", source, with_dynamic=True)) == ["shop/now.js", "later.js"]


def test_a_page_consists_of_its_scripts_and_all_that_they_import_once_each(
    tmp_path: Path, find: Callable[[str], Path]
) -> None:
    write(
        tmp_path,
        {
            "page.js": 'import "./part/one.js";\nimport "./shared.js";',
            "part/one.js": 'import "../shared.js";\nconst two = () => import("./two.js");',
            "part/two.js": "",
            "shared.js": "",
            "nobody-imports.js": 'import "./shared.js";',
        },
    )

    assert modules_of("page.js", find=find) == ("page.js", "part/one.js", "shared.js")
    assert modules_of("page.js", with_dynamic=True, find=find) == ("page.js", "part/one.js", "part/two.js", "shared.js")


def test_the_sources_are_read_once(tmp_path: Path, find: Callable[[str], Path]) -> None:
    write(tmp_path, {"page.js": ""})
    modules_of("page.js", find=find)
    (tmp_path / "page.js").unlink()

    assert modules_of("page.js", find=find) == ("page.js",)


def test_a_module_that_is_not_there_is_named() -> None:
    with pytest.raises(FileNotFoundError, match=r"common/nowhere\.js"):
        modules_of("common/nowhere.js")


def test_every_module_imports_what_a_parser_of_javascript_finds() -> None:
    modules = sorted(STATIC.rglob("*.js"))
    flags = ["--experimental-vm-modules", "--no-warnings", "--input-type=module", "--eval", ASK_NODE]
    done = subprocess.run(
        [NODE, *flags, *map(str, modules)], capture_output=True, text=True, timeout=LONGEST_SECONDS, check=True
    )

    for module, addresses in json.loads(done.stdout).items():
        name = Path(module).relative_to(STATIC).as_posix()
        wanted = {(Path(module).parent / address).resolve().relative_to(STATIC).as_posix() for address in addresses}
        assert set(imports_of(name, Path(module).read_text())) == wanted, name
