"""What nobody has to read in a conversation: numbers of payment cards, and of residents (주민등록번호)."""

from __future__ import annotations

import re
from datetime import date

CARD = re.compile(r"(?<![\d-])(?:\d[ -]?){12,18}\d(?![\d-])")
RESIDENT = re.compile(r"(?<!\d)(\d{2})(\d{2})(\d{2})[ -]?([1-8])(\d{6})(?!\d)")
CARD_LENGTHS = range(13, 20)  # ISO/IEC 7812-1, and the 13 digits of old cards
SHOWN_OF_A_CARD = 4
CENTURIES = {"1": 1900, "2": 1900, "5": 1900, "6": 1900, "3": 2000, "4": 2000, "7": 2000, "8": 2000}


def mask(text: str) -> str:
    """Put asterisks in the place of such numbers; of a card the last four digits stay, of a resident the birth date.

    A card number has 13 to 19 digits and a right check digit (Luhn); a resident's begins with a date that exists.
    """
    return CARD.sub(_masked_card, RESIDENT.sub(_masked_resident, text))


def _masked_card(match: re.Match[str]) -> str:
    digits = [character for character in match[0] if character.isdigit()]
    if len(digits) not in CARD_LENGTHS or not _passes_luhn(digits):
        return match[0]
    hidden = len(digits) - SHOWN_OF_A_CARD
    kept = []
    for character in match[0]:
        if character.isdigit() and hidden > 0:
            hidden -= 1
            kept.append("*")
        else:
            kept.append(character)
    return "".join(kept)


def _masked_resident(match: re.Match[str]) -> str:
    year, month, day, kind, _ = match.groups()
    try:
        date(CENTURIES[kind] + int(year), int(month), int(day))
    except ValueError:
        return match[0]
    return f"{year}{month}{day}-*******"


def _passes_luhn(digits: list[str]) -> bool:
    """ISO/IEC 7812-1, annex B."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 else 1)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - the sum of its two digits
    return total % 10 == 0
