"""How a seat is called in files and mails; templates say it with the same text."""

from __future__ import annotations

from django.utils.translation import gettext as _

from apps.concerts.models import Seat


def seat_name(seat: Seat) -> str:
    """Return section, row and number in the language in force: "Floor A, row 3, seat 12"."""
    return _("%(section)s, row %(row)s, seat %(number)s") % {
        "section": seat.section.name,
        "row": seat.row,
        "number": seat.number,
    }
