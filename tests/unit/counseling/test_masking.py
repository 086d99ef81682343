"""Card and resident numbers are hidden however they are written; other numbers that customers write stay."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from apps.counseling import masking
from apps.counseling.masking import mask
from tests.operations import operations_of


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("4111111111111111", "************1111"),
        ("4111-1111-1111-1111", "****-****-****-1111"),
        ("4111 1111 1111 1111", "**** **** **** 1111"),
        ("4111.1111.1111.1111", "****.****.****.1111"),
        ("4111 - 1111 - 1111 - 1111", "**** - **** - **** - 1111"),
        ("4111 1111-11111111", "**** ****-****1111"),
        ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "* * * * * * * * * * * * 1 1 1 1"),
        ("5555 5555 5555 4444", "**** **** **** 4444"),
        ("2223 0031 2200 3222", "**** **** **** 3222"),  # Mastercard of the 2 series
        ("3782 822463 10005", "**** ****** *0005"),  # Amex
        ("3056 930902 5904", "**** ****** 5904"),  # Diners
        ("3530 1113 3330 0000", "**** **** **** 0000"),  # JCB
        ("6200 0000 0000 0005", "**** **** **** 0005"),  # UnionPay
        ("6304 0000 0000 0000 000", "**** **** **** ***0 000"),  # Maestro, 19 digits
        ("4222222222222", "*********2222"),  # an old Visa of 13
        ("9490 9490 9490 9492", "**** **** **** 9492"),  # a Korean card for use at home
        ("카드번호는4111111111111111입니다", "카드번호는************1111입니다"),
        ("(4111-1111-1111-1111)", "(****-****-****-1111)"),
        ("4111 1111 1111 1111 123", "**** **** **** 1111 123"),  # with its security code behind it
        ("4111-1111-1111-1111-12/27", "****-****-****-1111-12/27"),
        ("4111 1111 1111 1111 5555 5555 5555 4444", "**** **** **** 1111 **** **** **** 4444"),
        ("900101-1234567", "900101-*******"),
        ("9001011234567", "900101-*******"),
        ("900101 - 1234567", "900101-*******"),
        ("900101 1234567", "900101-*******"),
        ("040229-3234567", "040229-*******"),  # a leap day
        ("주민번호 851231-2345678이고요", "주민번호 851231-*******이고요"),
        ("851231-6345678", "851231-*******"),  # a foreign resident
        ("900101-1234567, 4111111111111111", "900101-*******, ************1111"),
        ("4111/1111/1111/1111", "****/****/****/1111"),
        ("4111, 1111, 1111, 1111", "****, ****, ****, 1111"),
        ("4111_1111_1111_1111", "****_****_****_1111"),
        ("_4111111111111111_", "_************1111_"),
        ("4111 · 1111 · 1111 · 1111", "**** · **** · **** · 1111"),
        ("4111(1111)[1111]1111", "****(****)[****]1111"),
        ("4111\u200b1111\u20601111\ufeff1111", "****\u200b****\u2060****\ufeff1111"),
        ("\u200b".join("4111111111111111"), "\u200b".join("************1111")),
        ("4111\u200b \u200b1111 1111 1111", "****\u200b \u200b**** **** 1111"),
        ("4111\u31641111\u31641111\u31641111", "****\u3164****\u3164****\u31641111"),  # a Hangul filler
        ("4\ufe0f\u20e31\ufe0f\u20e311111111111111", "*\ufe0f\u20e3*\ufe0f\u20e3**********1111"),  # keycaps
        ("４１１１－１１１１－１１１１－１１１１", "****－****－****－１１１１"),
        ("𝟜𝟙𝟙𝟙𝟙𝟙𝟙𝟙𝟙𝟙𝟙𝟙𝟙𝟙𝟙𝟙", "************𝟙𝟙𝟙𝟙"),
        ("4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1", "*, *, *, *, *, *, *, *, *, *, *, *, 1, 1, 1, 1"),
        ("900101/1234567", "900101-*******"),
        ("900101\u200b1234567", "900101-*******"),
        ("900101_1234567", "900101-*******"),
        ("9 0 0 1 0 1 - 1 2 3 4 5 6 7", "9 0 0 1 0 1-* * * * * * *"),
        ("3111 1111 900101 1234567", "3111 1111 900101-*******"),  # no card may show what is a resident's
    ],
)
def test_numbers_of_cards_and_residents_are_hidden(said: str, kept: str) -> None:
    assert mask(said) == kept


@pytest.mark.parametrize(
    "said",
    [
        "4111111111111112",  # a wrong check digit
        "4111-1111-1111-1112",
        "16-7K3M9QXW2B4D8FHJ",  # an order's id
        "A4111111111111111",
        "4111111111111111Z",
        "toss_4111111111111111",
        "010-1234-5678",
        "010-1234-5678 010-8765-4321",
        "01012345678, 01087654321",
        "02-312-3456, 1588-1234",
        "+82 10 1234 5678",
        "2026-11-25 19:00",
        "2026-11-25 2026-11-26",
        "2026.11.25 - 2026.12.31",
        "20261125190000",
        "1764097200000",  # milliseconds
        "8809941234567",  # a barcode
        "110-234-567890",  # accounts
        "352-1234-5678-93",
        "3333-01-1234567",
        "990231-1234567",  # no such day
        "901301-1234567",
        "030229-3234567",  # no leap year
        "900101-9234567",
        "900101-123456",
        "1900101-1234567",
        "132,000원, 2 seats, row 14, 15",
        "4111 - - 1111 1111 1111",  # too far apart
        "4111____1111 1111 1111",
        "4111 1111 하나 1111 1111",
        "toss_1_4111111111111111",
        "4111111111111111_toss",
        "4111①1111①1111①1111",
        "4" * 16 + "1" * 4,  # longer than any card
        "0000 0000 0000 0000",
        "",
    ],
)
def test_other_numbers_stay(said: str) -> None:
    assert mask(said) == said


def with_check_digit(digits: str) -> str:
    return next(
        number for number in (f"{digits}{check}" for check in range(10)) if luhn([int(digit) for digit in number]) == 0
    )


def luhn(digits: list[int]) -> int:
    """The rule as it is usually taught: from the right, every second digit doubled, nines cast out."""
    total = 0
    for place, digit in enumerate(reversed(digits), start=1):
        value = digit if place % 2 else digit * 2
        total += value if value < 10 else value - 9
    return total % 10


cards = st.from_regex(r"[1-9][0-9]{14}", fullmatch=True).map(with_check_digit)
separators = st.sampled_from(
    ["", " ", "-", ".", " - ", "\u00a0", "\n", "/", ", ", "_", "·", "|", "\u200b", "\u200d - \u00ad"]
)


@given(card=cards, separator=separators, before=st.sampled_from(["", "card ", "카드", "("]))
@example(card="4111111111111111", separator="-", before="")
def test_of_any_card_four_digits_are_shown(card: str, separator: str, before: str) -> None:
    said = before + separator.join(card[start : start + 4] for start in range(0, 16, 4))
    kept = mask(said)

    assert len(kept) == len(said)
    assert kept.startswith(before)
    assert "".join(character for character in kept if character.isdigit()) == card[-4:]


@given(card=cards)
def test_one_wrong_digit_is_no_card(card: str) -> None:
    wrong = card[:-1] + str((int(card[-1]) + 1) % 10)
    assert mask(wrong) == wrong


@given(text=st.text())
def test_any_text_is_borne_and_one_without_digits_stays(text: str) -> None:
    kept = mask(text)
    if not any(character.isdecimal() for character in text):
        assert kept == text


ATTACKS = st.text(st.sampled_from("13490 -_,.a가\u200b\n\U000e0100"), min_size=1, max_size=6)
MANY, OPERATIONS_OF_A_CHARACTER = 64, 300


@settings(deadline=None)
@given(unit=ATTACKS)
@example(unit="1 ")
@example(unit="3 ")
@example(unit="1-")
@example(unit="3333-")
@example(unit="1_")
@example(unit="1_1_a")
@example(unit="4\u200b")
@example(unit="900101 1234567 ")
@example(unit="4111 1111 1111 1111 ")
def test_the_work_grows_with_the_length_and_with_nothing_else(unit: str) -> None:
    few, more, most = (operations_of(partial(mask, unit * MANY * times)) for times in (1, 2, 4))

    assert most <= OPERATIONS_OF_A_CHARACTER * len(unit) * MANY * 4
    assert most - more <= 2.5 * (more - few) + OPERATIONS_OF_A_CHARACTER  # four times as much where it grew as a square


def test_no_regular_expression_looks_at_what_is_said() -> None:
    """Their steps are no operations of the interpreter: the test above would not see them."""
    assert "re" not in vars(masking)


def test_the_characters_of_every_script_have_a_kind() -> None:
    assert {len(kind) for kind in masking.KINDS} == {1}
    assert masking.KINDS.isascii()
