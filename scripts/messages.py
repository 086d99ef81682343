"""Find the texts that are to be translated: `make messages` writes them into locale/, to be filled in there.

python -m scripts.messages           write
python -m scripts.messages --check   only say what is missing or out of date; exit code 1 if anything is
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from apps.common.pages.modules import modules_of

CHECKOUT = Path(__file__).resolve().parent.parent
LANGUAGE = "ko"
WIDTH = 120
HEADER = b"""\
# Ticket-Live in Korean: `make messages` finds the texts, people translate them.
msgid ""
msgstr ""
"Language: ko\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
ROOMS = ("apps", "ticketlive", "templates", "static")
DESK = "static/counseling/desk/"  # has a catalogue of its own, which customers need not load, and loads no other
DESKS_SCRIPTS = ("counseling/desk/desk.js", "common/site.js")  # as templates/counseling/desk/ has them


def main() -> int:
    check = sys.argv[1:] == ["--check"]
    scripts = extract("djangojs")
    found = {
        "django": extract("django"),
        "djangojs": part_of(scripts, lambda message: not is_desks_own(message)),
        "deskjs": part_of(scripts, is_said_at_the_desk),
    }
    wrong = [problem for domain, catalogue in found.items() for problem in work_on(domain, catalogue, check=check)]
    for problem in wrong:
        print(problem, file=sys.stderr)
    return 1 if wrong and check else 0


def work_on(domain: str, found: Catalog, *, check: bool) -> list[str]:
    """Bring a domain's catalogue up to date, or say where it is not."""
    path = CHECKOUT / "locale" / LANGUAGE / "LC_MESSAGES" / f"{domain}.po"
    with path.open("rb") as file:
        kept = read_po(file, locale=LANGUAGE)
    if not check:
        write(path, merged(found, kept))
        return []
    return [*missing(found, kept, domain=domain)]


def is_desks_own(message: Message) -> bool:
    """Whether only scripts of the desk say it."""
    return all(name.startswith(DESK) for name, _line in message.locations)


def is_said_at_the_desk(message: Message) -> bool:
    """Whether a script that the desk loads says it, be it of its own or shared."""
    loaded = modules_of(*DESKS_SCRIPTS, with_dynamic=True, find=module_source)
    return any(name.removeprefix("static/") in loaded for name, _line in message.locations)


def module_source(name: str) -> Path:
    """Return the file of a module; one of another project has no texts, and is not read."""
    return Path(os.devnull) if name.startswith("vendor/") else CHECKOUT / "static" / name


def part_of(catalogue: Catalog, belongs: Callable[[Message], bool]) -> Catalog:
    """Return a catalogue of those messages that belong."""
    part = Catalog(locale=LANGUAGE)
    for message in catalogue:
        if message.id and belongs(message):
            part[message.id] = message
    return part


def extract(domain: str) -> Catalog:
    """Let Django's makemessages find a domain's texts, in a folder that only has what is looked through."""
    with tempfile.TemporaryDirectory() as folder:
        for room in ROOMS:
            (Path(folder) / room).symlink_to(CHECKOUT / room)
        path = Path(folder) / "locale" / LANGUAGE / "LC_MESSAGES" / f"{domain}.po"
        path.parent.mkdir(parents=True)
        code = (
            "import django; django.setup(); from django.core.management import call_command;"
            f"call_command('makemessages', locale=[{LANGUAGE!r}], domain={domain!r}, symlinks=True, no_wrap=True,"
            " add_location='file', verbosity=0)"
        )
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "ticketlive.settings",
            "PYTHONPATH": str(CHECKOUT),
            "DEBUG": "true",
            "TICKETLIVE_HOME": str(Path(folder) / "home"),
        }
        subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, check=True)
        if not path.exists():
            return Catalog(locale=LANGUAGE)
        # xgettext writes two plural forms, whatever the language.
        lines = [line for line in path.read_bytes().splitlines() if not line.startswith(b"msgstr[1]")]
        return read_po(lines, locale=LANGUAGE)


def merged(found: Catalog, kept: Catalog) -> Catalog:
    """The texts that were found, with the translations that are there. Nothing is guessed: no fuzzy entries."""
    catalogue = Catalog(locale=LANGUAGE)
    for message in sorted(found, key=lambda message: (message.locations, str(message.id))):
        if message.id:
            known = kept.get(message.id, message.context)
            if known and isinstance(known.id, tuple) != isinstance(message.id, tuple):
                known = None  # a text that has got, or lost, its plural is translated anew
            catalogue.add(
                message.id,
                string=known.string if known else None,
                locations=sorted({(name, 0) for name, _line in message.locations}),
                flags=message.flags - {"fuzzy"},
                auto_comments=message.auto_comments,
                context=message.context,
            )
    return catalogue


def missing(found: Catalog, kept: Catalog, *, domain: str) -> Iterator[str]:
    """Say what has no translation, and what is translated but said nowhere."""
    for message in found:
        known = kept.get(message.id, message.context) if message.id else message
        strings = known.string if known and isinstance(known.string, tuple) else (known.string if known else "",)
        if message.id and not all(strings):
            yield f"{domain}: not translated: {message.id!r}"
    for message in kept:
        if message.id and found.get(message.id, message.context) is None:
            yield f"{domain}: translated, but said nowhere: {message.id!r}"


def write(path: Path, catalogue: Catalog) -> None:
    """Write a catalogue without dates, so that it changes only when a text does."""
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=WIDTH, include_lineno=False, omit_header=True)
    path.write_bytes(HEADER + buffer.getvalue())


if __name__ == "__main__":
    sys.exit(main())
