"""Check the documentation without building it: links, references from the code, and the index of the decisions.

python -m scripts.docs   say what leads nowhere; exit code 1 if anything does

A link of a Markdown page leads to a file of this repository and, behind a #, to one of its headings; a page of the
site links to pages of the site. Code, settings and scripts that name a page of docs/ or a decision by its number name
one that is there; so does a page that names a source file. Each decision has a row in the index with its title, date
and status. The navigation has each page, and no other.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^(```|~~~).*?^\1\s*?$", re.M | re.S)
CODE = re.compile(r"`[^`\n]*`")
SEQUENCE = re.compile(r"^```mermaid\nsequenceDiagram\n(.*?)^```", re.M | re.S)
LINK = re.compile(r"\]\(([^()\s]+)\)")
HEADING = re.compile(r"^#{1,6} (.+)$", re.M)
PAGE = re.compile(r"docs/[\w./-]+?\.md")
DECISION = re.compile(r"(?:[Dd]ecisions?(?:\s+|/)|\[|\((?=0[01]\d\d\)))(\d{4})\b")
STAMP = re.compile(
    r"^\*Decided (\d{4}-\d\d-\d\d)(?:, changed \d{4}-\d\d-\d\d)?\. (In force|Replaced by \d{4})\.\*$", re.M
)
SOURCE = re.compile(r"`([\w./-]+\.(?:py|lua|js|html|css|sh|conf|yml|toml))`")
INDEX_ROW = re.compile(r"^\| \[(\d{4})\]\(([\w-]+\.md)\) \| (.+) \| (\S+) \| (.+) \|$", re.M)


def main() -> int:
    wrong = list(find_problems(CHECKOUT, list_texts(CHECKOUT)))
    for problem in wrong:
        print(problem, file=sys.stderr)
    return 1 if wrong else 0


def list_texts(checkout: Path) -> list[Path]:
    """Return the files of the repository that are text, those that are not committed yet included."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=checkout, capture_output=True, check=True, text=True).stdout.split("\n")
    files = [checkout / name for name in names if name]
    return [file for file in files if file.is_file() and b"\0" not in file.read_bytes()[:1024]]


def find_problems(checkout: Path, files: list[Path]) -> Iterator[str]:
    """Yield each thing that leads nowhere, with the file that says it."""
    docs = checkout / "docs"
    ends = {end for file in files for end in list_ends(file.relative_to(checkout))}
    for file in files:
        text = file.read_text(errors="replace")
        problems = [*broken_references(text, docs)]
        if file.suffix == ".md":
            problems += broken_links(text, file, docs)
        if docs in file.parents:
            problems += [f"{name}: no such file" for name in SOURCE.findall(text) if name not in ends]
            problems += [
                "a diagram has a ;, which ends a statement there" for part in SEQUENCE.findall(text) if ";" in part
            ]
        yield from (f"{file.relative_to(checkout)}: {problem}" for problem in problems)
    yield from wrong_index(docs / "decisions")
    yield from wrong_navigation((checkout / "mkdocs.yml").read_text(), docs)


def list_ends(path: Path) -> Iterator[str]:
    """Yield a path, and it without its first folders: what a page may call the file."""
    yield from ("/".join(path.parts[first:]) for first in range(len(path.parts)))


def broken_links(text: str, file: Path, docs: Path) -> Iterator[str]:
    """Yield the links of a Markdown page that lead to no file, to no heading, or out of the site."""
    for target in LINK.findall(CODE.sub("", FENCE.sub("", text))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, heading = target.partition("#")
        aim = (file.parent / path).resolve() if path else file
        if not aim.exists():
            yield f"link to {target}: no such file"
        elif docs in file.parents and docs not in aim.parents:
            yield f"link to {target}: is not part of the site; name the file as code"
        elif heading and heading not in list_anchors(aim.read_text()):
            yield f"link to {target}: no such heading"


def list_anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as Python-Markdown and GitHub both make them."""
    anchors: set[str] = set()
    for heading in HEADING.findall(FENCE.sub("", text)):
        kept = re.sub(r"[^\w\s-]", "", heading).strip().lower()
        anchors.add(re.sub(r"[-\s]+", "-", kept))
    return anchors


def broken_references(text: str, docs: Path) -> Iterator[str]:
    """Yield the pages and decisions that a text names and that are not there."""
    for page in sorted(set(PAGE.findall(text))):
        if not (docs.parent / page).is_file():
            yield f"{page}: no such page"
    numbers = {number for number in DECISION.findall(text) if number.startswith("0")}
    for number in sorted(numbers):
        if not list((docs / "decisions").glob(f"{number}-*.md")):
            yield f"decision {number}: no such page; docs/decisions/index.md says where it went"


def wrong_index(decisions: Path) -> Iterator[str]:
    """Yield where the index of the decisions and their pages differ."""
    index = (decisions / "index.md").read_text()
    rows = {row[1]: row for row in INDEX_ROW.findall(index)}
    pages = {page.name: page.read_text() for page in sorted(decisions.glob("[0-9]*.md"))}
    for name in sorted(rows.keys() - pages.keys()):
        yield f"docs/decisions/index.md: {name} is not there"
    for name, text in pages.items():
        stamp = STAMP.search(text)
        if stamp is None:
            yield f"docs/decisions/{name}: has no line *Decided YYYY-MM-DD. In force.*"
            continue
        title = text.split("\n", 1)[0].removeprefix(f"# {name[:4]} ")
        expected = (name[:4], name, title, stamp[1], stamp[2].lower())
        if (row := rows.get(name)) != expected:
            yield f"docs/decisions/index.md: the row of {name} has to be {expected}, and is {row}"


def wrong_navigation(settings: str, docs: Path) -> Iterator[str]:
    """Yield the pages that are in no menu of the site, and those in a menu that are not there."""
    named = set(re.findall(r"^ +- .+: (\S+\.md)$", settings, re.M))
    there = {str(page.relative_to(docs)) for page in docs.rglob("*.md")}
    yield from (f"mkdocs.yml: docs/{page} is not in the navigation" for page in sorted(there - named))
    yield from (f"mkdocs.yml: docs/{page} is not there" for page in sorted(named - there))


if __name__ == "__main__":
    sys.exit(main())
