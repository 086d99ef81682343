"""A queue token proves a number to whoever it was given to, and nothing to anybody else."""

import base64

import pytest
from pytest_django import Settings

from apps.common.errors import ValidationFailed
from apps.concerts.waiting_room.queue_token import QueueToken, read_queue_token, sign_queue_token

TOKEN = QueueToken(number=4_711, signed_at=1_800_000_000)


def signed(*, performance_id: int = 7, user_id: int = 12) -> str:
    return sign_queue_token(TOKEN, performance_id=performance_id, user_id=user_id)


def test_a_token_comes_back_as_it_was_signed() -> None:
    assert read_queue_token(signed(), performance_id=7, user_id=12) == TOKEN


def test_a_token_is_short_and_can_stand_in_an_address() -> None:
    assert len(signed()) == 32
    assert signed().replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(("performance_id", "user_id"), [(8, 12), (7, 13), (12, 7)])
def test_a_token_of_somebody_else_or_of_another_line_is_refused(performance_id: int, user_id: int) -> None:
    with pytest.raises(ValidationFailed) as refused:
        read_queue_token(signed(), performance_id=performance_id, user_id=user_id)

    assert "place" in refused.value.extras["errors"]


@pytest.mark.parametrize("position", range(24))
def test_a_token_with_any_byte_changed_is_refused(position: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(signed()))
    raw[position] ^= 1

    with pytest.raises(ValidationFailed):
        read_queue_token(base64.urlsafe_b64encode(raw).decode(), performance_id=7, user_id=12)


@pytest.mark.parametrize("text", ["", "x", "not base64!", "AAAA", "가나다", "A" * 32, "A" * 400, "====", "\0" * 32])
def test_nonsense_is_refused_as_input(text: str) -> None:
    with pytest.raises(ValidationFailed):
        read_queue_token(text, performance_id=7, user_id=12)


def test_a_truncated_signature_is_refused() -> None:
    raw = base64.urlsafe_b64decode(signed())

    with pytest.raises(ValidationFailed):
        read_queue_token(base64.urlsafe_b64encode(raw[:9]).decode(), performance_id=7, user_id=12)


def test_a_token_stays_good_while_its_key_is_kept_as_a_former_one(settings: Settings) -> None:
    token = signed()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the-next-key-0123456789-abcdefghijklmnopqrstuvwxyz"

    assert read_queue_token(token, performance_id=7, user_id=12) == TOKEN

    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(ValidationFailed):
        read_queue_token(token, performance_id=7, user_id=12)
