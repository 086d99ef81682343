"""What nobody has to read in a conversation: numbers of payment cards, and of residents (주민등록번호)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

EDGES = r"(?<![0-9A-Za-z_]){}(?![0-9A-Za-z_])"  # a part of a longer word, such as an order's id, is no number
RUN = re.compile(EDGES.format(r"\d+(?:[\s.–-]{1,3}\d+)*"))
DIGITS = re.compile(r"\d+")
RESIDENT = re.compile(EDGES.format(r"(\d{2})(\d{2})(\d{2})\s?[–-]?\s?([1-8])\d{6}"))
CENTURIES = {"1": 1900, "2": 1900, "5": 1900, "6": 1900, "3": 2000, "4": 2000, "7": 2000, "8": 2000}
FIRST_DIGITS = {13: "4", 14: "3", 15: "3", 16: "123456789", 17: "3456", 18: "3456", 19: "3456"}
"""How cards of each length begin: other long numbers are times, barcodes and accounts."""
SHOWN_OF_A_CARD = 4
FULL_GROUP, LAST_GROUP = 4, 3  # digits that people write together


def mask(text: str) -> str:
    """Put asterisks in the place of such numbers; of a card the last four digits stay, of a resident the birth date.

    A card's number has a length and a beginning that cards have, a right check digit, and groups as on a card; what
    stands around it, such as its security code, hides it not. A resident's begins with a date that exists.
    """
    return RUN.sub(_masked_run, RESIDENT.sub(_masked_resident, text))


def _masked_resident(match: re.Match[str]) -> str:
    year, month, day, kind = match.groups()
    try:
        date(CENTURIES[kind] + int(year), int(month), int(day))
    except ValueError:
        return match[0]
    return f"{year}{month}{day}-*******"


def _masked_run(match: re.Match[str]) -> str:
    """Mask the cards among groups of digits: from each group on the longest that is one."""
    run = match[0]
    groups = list(DIGITS.finditer(run))
    shown = list(run)
    start = 0
    while start < len(groups):
        end = _end_of_card([group[0] for group in groups[start : start + max(FIRST_DIGITS)]])
        hidden = [position for group in groups[start : start + end] for position in range(*group.span())]
        for position in hidden[:-SHOWN_OF_A_CARD]:
            shown[position] = "*"
        start += end or 1
    return "".join(shown)


def _end_of_card(groups: Sequence[str]) -> int:
    """Return how many of the first groups are a card's number; 0 where none are."""
    for end in range(len(groups), 0, -1):
        if _is_grouped_like_a_card(groups[:end]) and _is_card("".join(groups[:end])):
            return end
    return 0


def _is_grouped_like_a_card(groups: Sequence[str]) -> bool:
    *full, last = (len(group) for group in groups)
    return (all(length >= FULL_GROUP for length in full) and last >= LAST_GROUP) or {*full, last} == {1}


def _is_card(number: str) -> bool:
    """ISO/IEC 7812-1, with the check digit of annex B."""
    digits = [int(digit) for digit in number]
    if str(digits[0]) not in FIRST_DIGITS.get(len(digits), ""):
        return False
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (sum(doubled) + sum(digits[::-2])) % 10 == 0
