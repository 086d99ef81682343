"""Find the words that docs/glossary.md names as not to be used.

python -m scripts.glossary   say where there are any, and what to use instead; exit code 1 if anywhere

Names in Python are its tokens, in JavaScript and Lua what looks like one outside of comments and texts. A file counts
by its name without its ending.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tokenize
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).resolve().parent.parent
GLOSSARY = CHECKOUT / "docs" / "glossary.md"
ROOMS = ("apps", "ticketlive", "scripts", "static", "tests", "bench")
ENDINGS = (".py", ".js", ".lua")
ROW = re.compile(r"^\| `(\w+)` \| (name|file) \|(?: `([^`]+)`)? *\| (.+) \|$", re.M)
COMMENT_OR_TEXT = {
    ".js": re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S),
    ".lua": re.compile(r"--.*|\"(?:\\.|[^\"\\\n])*\""),
}
NAME = re.compile(r"[A-Za-z_$]\w*")

Uses = Counter[tuple[str, str]]  # how often, by file and word


class Banned(NamedTuple):
    """A word, of which kind of thing it is no name, in which part of the checkout, and what to take in its place."""

    word: str
    kind: str
    within: str
    instead: str


def main() -> int:
    banned = read_banned(GLOSSARY.read_text())
    wrong = list(find_problems(count_uses(CHECKOUT, list_files(CHECKOUT), banned), banned))
    for problem in wrong:
        print(problem, file=sys.stderr)
    return 1 if wrong else 0


def read_banned(glossary: str) -> list[Banned]:
    """Return the rows of the glossary's last table."""
    return [Banned(*row) for row in ROW.findall(glossary.split("## Words not to use")[1])]


def list_files(checkout: Path) -> list[Path]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *ROOMS]
    names = subprocess.run(command, cwd=checkout, capture_output=True, check=True, text=True).stdout.split()
    return [checkout / name for name in names if name.endswith(ENDINGS) and (checkout / name).is_file()]


def count_uses(checkout: Path, files: Iterable[Path], banned: Iterable[Banned]) -> Uses:
    """Count each banned word in each file; the file's own name counts as one."""
    uses: Uses = Counter()
    for file in files:
        path = str(file.relative_to(checkout))
        here = [word for word in banned if path.startswith(word.within)]
        as_name = {word.word for word in here if word.kind == "name"}
        as_file = {word.word for word in here if word.kind == "file"}
        if file.stem in as_file:
            uses[path, file.stem] += 1
        if as_name:
            for name in read_names(file.read_text(), file.suffix):
                uses.update((path, word) for word in as_name & parts_of(name))
    return uses


def read_names(text: str, ending: str) -> Iterator[str]:
    """Yield the names in a module, each as often as it is there."""
    if ending == ".py":
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        yield from (token.string for token in tokens if token.type == tokenize.NAME)
    else:
        yield from NAME.findall(COMMENT_OR_TEXT[ending].sub(" ", text))


def parts_of(name: str) -> set[str]:
    """Return the words that a name counts as: itself, and if it is in small letters each part between underscores.

    A test's name is a sentence: its parts are no names.
    """
    bare = name.strip("_")
    return {bare, *bare.split("_")} if bare.islower() and not bare.startswith("test_") else {bare}


def find_problems(uses: Uses, banned: Iterable[Banned]) -> Iterator[str]:
    """Yield where a word is used, how often, and what to use instead."""
    instead = {(word.word, word.within): word.instead for word in banned}
    for (path, word), count in sorted(uses.items()):
        better = next(but for (which, within), but in instead.items() if which == word and path.startswith(within))
        yield f"{path}: {word!r} {count} times: use {better} (docs/glossary.md)"


if __name__ == "__main__":
    sys.exit(main())
