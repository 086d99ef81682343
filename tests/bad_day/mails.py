"""The mails of the day, as the processes have printed them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from email.header import decode_header, make_header
from itertools import zip_longest
from pathlib import Path

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

SUBJECT = re.compile(r"^Subject: (.*(?:\n[ \t].*)*)", re.MULTILINE)
ORDER = re.compile(r"/orders/([^/\s]+)/")
CALLED_OFF, MOVED, OTHER = "called off", "moved", "other"


def count_mails(logs: Iterable[Path]) -> Counter[tuple[str, str]]:
    """Count the mails by kind and order; one counts once the address of its order's page was printed."""
    with translation.override(settings.LANGUAGE_CODE):
        kinds = {
            (_("Called off: %(title)s") % {"title": ""}).strip(): CALLED_OFF,
            (_("[Ticket-Live] The show was moved: %(title)s") % {"title": ""}).strip(): MOVED,
        }
    counted: Counter[tuple[str, str]] = Counter()
    for log in logs:
        text = log.read_text(errors="replace") if log.exists() else ""
        found = list(SUBJECT.finditer(text))
        for one, following in zip_longest(found, found[1:]):
            subject = str(make_header(decode_header(one[1])))
            order = ORDER.search(text, one.end(), following.start() if following else len(text))
            if order:
                counted[next((kind for word, kind in kinds.items() if word in subject), OTHER), order[1]] += 1
    return counted
