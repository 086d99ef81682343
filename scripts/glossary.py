"""Find the words that docs/glossary.md names as not to be used.

python -m scripts.glossary            say where there are more than are allowed, or fewer; exit code 1 if anywhere
python -m scripts.glossary --shrink   take out of the list of allowed ones what is gone; it never grows

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
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).resolve().parent.parent
GLOSSARY = CHECKOUT / "docs" / "glossary.md"
ALLOWED = CHECKOUT / "scripts" / "glossary_allowed.txt"
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
    uses = count_uses(CHECKOUT, list_files(CHECKOUT), banned)
    allowed = read_allowed(ALLOWED.read_text())
    if sys.argv[1:] == ["--shrink"]:
        allowed = shrunk(allowed, uses)
        ALLOWED.write_text(written(allowed))
    wrong = list(find_problems(uses, allowed, banned))
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


def read_allowed(text: str) -> Uses:
    """Return the list of what is still there: a line `path word count` each."""
    rows = (line.split() for line in text.splitlines() if line and not line.startswith("#"))
    return Counter({(path, word): int(count) for path, word, count in rows})


def shrunk(allowed: Mapping[tuple[str, str], int], uses: Mapping[tuple[str, str], int]) -> Uses:
    """Return what of the list is still there, never more than the list has."""
    return Counter({use: min(count, uses[use]) for use, count in allowed.items() if uses.get(use)})


def written(allowed: Uses) -> str:
    head = "# Words of docs/glossary.md that are still used: file, word, how often (scripts/glossary.py)\n"
    return head + "".join(f"{path} {word} {count}\n" for (path, word), count in sorted(allowed.items()))


def find_problems(uses: Uses, allowed: Uses, banned: Iterable[Banned]) -> Iterator[str]:
    """Yield where a word is used more often than the list allows, and where the list allows more than there is."""
    instead = {(word.word, word.within): word.instead for word in banned}
    for path, word in sorted(uses.keys() | allowed.keys()):
        there, may = uses[path, word], allowed[path, word]
        if there > may:
            better = next(but for (which, within), but in instead.items() if which == word and path.startswith(within))
            yield f"{path}: {word!r} {there} times, {may} allowed: use {better} (docs/glossary.md)"
        elif there < may:
            yield f"{path}: {word!r} {there} times, {may} allowed: run `python -m scripts.glossary --shrink`"


if __name__ == "__main__":
    sys.exit(main())
