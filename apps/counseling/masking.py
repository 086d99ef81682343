"""What nobody has to read in a conversation: numbers of payment cards, and of residents (주민등록번호).

The cost grows with the text's length and with nothing else: each character is classed once, each digit is summed
once, and at each group of digits a number is looked for in a few steps, as many as there are lengths of cards. No
regular expression looks at what somebody has written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import accumulate
from unicodedata import category, decimal

CENTURIES = {1: 1900, 2: 1900, 5: 1900, 6: 1900, 3: 2000, 4: 2000, 7: 2000, 8: 2000}
BIRTH_DATE, RESIDENT = 6, 13  # digits
FIRST_DIGITS = {13: "4", 14: "3", 15: "3", 16: "123456789", 17: "3456", 18: "3456", 19: "3456"}
"""How cards of each length begin: other long numbers are times, barcodes and accounts."""
SIZES = [
    tuple(size for size in sorted(FIRST_DIGITS, reverse=True) if str(first) in FIRST_DIGITS[size])
    for first in range(10)
]
FEWEST_DIGITS = min(FIRST_DIGITS)
SHOWN_OF_A_CARD = 4
FULL_GROUP, LAST_GROUP = 4, 3  # digits that people write together
MOST_GROUPS = (max(FIRST_DIGITS) - LAST_GROUP) // FULL_GROUP + 1
MAX_SEPARATORS = 3  # between two groups of one number

LETTER, LINE, SEPARATOR, UNSEEN, END = "a_ \0|"
"""What a character is that is no digit: part of a word, what joins words, what may stand between groups of digits,
what nobody sees, and whatever else ends a number."""
UNSEEN_LETTERS = frozenset("\u115f\u1160\u17b4\u17b5\u3164\uffa0")  # fillers
UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Me", "Mn"})  # controls, zero-width characters, marks on other characters
VALUES = bytes.maketrans(b"0123456789", bytes(range(10)))
DOUBLED = bytes(sum(divmod(2 * digit, 10)) for digit in range(10)).ljust(256, b"\0")  # ISO/IEC 7812-1, annex B

Run = list[int]
"""Groups that may belong together: where each begins among all digits of the text, and where the last one ends."""


def mask(text: str) -> str:
    """Put asterisks in the place of such numbers; of a card the last four digits stay, of a resident the birth date.

    A card's number has a length and a beginning that cards have, a right check digit, and groups as on a card; what
    stands around it, such as its security code, hides it not. A resident's begins with a date that exists. Between
    groups there may be up to three spaces, signs or marks of any sort; characters that nobody sees do not count. A
    part of a longer word, such as an order's id, is no number.
    """
    if len(text) < FEWEST_DIGITS:
        return text
    kinds = _kinds_of(text)
    digits = kinds.encode().translate(VALUES, b"a_ \0|")
    if len(digits) < FEWEST_DIGITS:
        return text
    numbers = _Numbers(digits)
    numbers.find(_runs(kinds))
    if not numbers.hidden:
        return text
    return numbers.hide(text, [place for place, kind in enumerate(kinds) if kind.isdigit()])


# What the characters are


def _kind_of(character: str) -> str:
    """Return the value of a digit of any script, or which of the other kinds the character is of."""
    if character.isdecimal():
        return str(decimal(character))
    if character == LINE:
        return LINE
    if character in UNSEEN_LETTERS or (category(character) in UNSEEN_CATEGORIES and not character.isspace()):
        return UNSEEN
    if not character.isalnum():
        return SEPARATOR
    return LETTER if character.isascii() else END


KINDS = "".join(map(_kind_of, map(chr, range(0x20000))))
"""The kinds of the two planes that texts are written in; the others have ideographs and few signs."""


def _kinds_of(text: str) -> str:
    """Return a text of the same length that says what each character is."""
    kinds = text.translate(KINDS)
    return kinds if kinds.isascii() else "".join(kind if kind.isascii() else _kind_of(kind) for kind in kinds)


# What belongs together


def _runs(kinds: str) -> Iterator[Run]:
    """Yield the groups of digits that may belong together."""
    end = 0
    for stretch in kinds.replace(UNSEEN, "").split(END):
        run, separators = [end], -1
        for part in _parts(stretch):
            separators += 1
            if not part:
                continue
            is_group = part.isdigit()
            if separators > MAX_SEPARATORS or not is_group:
                yield run
                run = [end]
            separators = 0
            if is_group:
                end += len(part)
                run.append(end)
            else:
                end += len(part) - part.count(LETTER) - part.count(LINE)
                run = [end]
        yield run


def _parts(stretch: str) -> Iterator[str]:
    """Yield what stands between separators. A line is one among digits, and part of a word that has letters."""
    for part in stretch.split(SEPARATOR):
        if LINE in part and LETTER not in part:
            yield from part.split(LINE)
        else:
            yield part


class _Numbers:
    """The digits of a text, and which of them are hidden."""

    def __init__(self, digits: bytes) -> None:
        self._digits = digits
        self._sums = [self._sums_with_doubled(first) for first in (0, 1)]
        self.hidden: list[int] = []  # in no order
        self.residents: list[int] = []  # where they begin

    def _sums_with_doubled(self, first: int) -> bytes:
        """Return the last digit of the sum before each place; every second one, from `first` on, counts double."""
        mixed = bytearray(self._digits)
        mixed[first::2] = self._digits[first::2].translate(DOUBLED)
        return bytes(total % 10 for total in accumulate(mixed, initial=0))

    def find(self, runs: Iterable[Run]) -> None:
        """Find residents' numbers first: they would be parts of cards' that show too much; apart ones come last."""
        for find in (self._resident, self._card, self._resident_digit_by_digit):
            runs = [rest for run in runs for rest in self._find_in(run, find)]

    def _find_in(self, run: Run, find: Callable[[Run, int], int]) -> Iterator[Run]:
        """Look from each group on, and behind what was found; yield what is left over."""
        start = group = 0
        last = len(run) - 1
        while group < last:
            found = find(run, group)
            if not found:
                group += 1
                continue
            yield run[start : group + 1]
            group = start = group + found
        if run[last] - run[start] >= FEWEST_DIGITS:
            yield run[start:]

    # Each returns of how many groups the number is that begins with this one, 0 where none does.

    def _card(self, run: Run, group: int) -> int:
        first = run[group]
        if run[group + 1] - first == 1:
            found = self._card_digit_by_digit(run, group)
        else:
            found = self._card_in_full_groups(run, group)
        if found:
            self.hidden.extend(range(first, run[group + found] - SHOWN_OF_A_CARD))
        return found

    def _card_digit_by_digit(self, run: Run, group: int) -> int:
        first, left = run[group], len(run) - group
        for size in SIZES[self._digits[first]]:
            end = first + size
            sums = self._sums[end % 2]  # in which the last digit of such a number does not count double
            if size < left and sums[end] == sums[first] and run[group + size] == end:
                return size
        return 0

    def _card_in_full_groups(self, run: Run, group: int) -> int:
        first, found = run[group], 0
        for last in range(group + 1, min(group + MOST_GROUPS, len(run) - 1) + 1):
            end = run[last]
            size, sums = end - first, self._sums[end % 2]
            length = end - run[last - 1]
            if length >= LAST_GROUP and size in SIZES[self._digits[first]] and sums[end] == sums[first]:
                found = last - group
            if length < FULL_GROUP:
                break
        return found

    def _resident(self, run: Run, group: int) -> int:
        first = run[group]
        size = run[group + 1] - first
        if size == RESIDENT:
            return int(self._is_resident(first))
        halves = size == BIRTH_DATE and group + 2 < len(run) and run[group + 2] - first == RESIDENT
        return 2 if halves and self._is_resident(first) else 0

    def _resident_digit_by_digit(self, run: Run, group: int) -> int:
        first = run[group]
        alone = group + RESIDENT < len(run) and run[group + RESIDENT] - first == RESIDENT
        return RESIDENT if alone and self._is_resident(first) else 0

    def _is_resident(self, first: int) -> bool:
        digits = self._digits[first : first + RESIDENT]
        year, month, day = (10 * digits[at] + digits[at + 1] for at in (0, 2, 4))
        try:
            date(CENTURIES[digits[BIRTH_DATE]] + year, month, day)
        except (KeyError, ValueError):
            return False
        self.residents.append(first)
        self.hidden.extend(range(first + BIRTH_DATE, first + RESIDENT))
        return True

    def hide(self, text: str, places: list[int]) -> str:
        """Return the text without them. `places` are the digits' in it."""
        shown = list(text)
        for digit in self.hidden:
            shown[places[digit]] = "*"
        for first in self.residents:
            before, after = places[first + BIRTH_DATE - 1], places[first + BIRTH_DATE]
            shown[before + 1 : after + 1] = [""] * (after - before - 1) + ["-*"]
        return "".join(shown)
