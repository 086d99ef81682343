"""The browser that pages are tried, drawn and measured in: the distribution's Chromium."""

from __future__ import annotations

import os
import shutil

PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser")
"""The first is the same engine without the windows of a desktop, which cost two fifths of its time."""


def find_chromium() -> str:
    """Return the program's path; raise FileNotFoundError where there is none."""
    for path in map(shutil.which, PROGRAMS):
        if path:
            return path
    raise FileNotFoundError("no Chromium: `make setup-dev` installs it")


def sandbox_arguments() -> list[str]:
    """Return what it has to be told: as root, as in a container, it has no sandbox of its own."""
    return ["--no-sandbox"] if os.geteuid() == 0 else []
