"""Every script of the platform keeps what its header says."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from apps.common.redis.scripts import Header, Parameters, with_includes

SCRIPTS = sorted(Path(settings.BASE_DIR).glob("apps/**/*.lua"))
NUMBERED = r"\b{kind}\[(\d+)\]"
AS_A_TABLE = r"\b{kind}\b(?!\[\d+\])"


def header_of(script: Path) -> Header:
    return Header.parse(script.read_text(), folder=script.parent)


def body_of(script: Path) -> str:
    return re.sub(r"--.*", "", script.read_text())


def included_by(script: Path) -> set[Path]:
    """Every fragment whose text a script has, itself among them."""
    seen = {script}
    with_includes(script.read_text(), folder=script.parent, seen=seen)
    return seen


def assert_declared_is_used(kind: str, declared: Parameters, body: str) -> None:
    used = {int(number) for number in re.findall(NUMBERED.format(kind=kind), body)}
    single = len(declared.descriptions) - (1 if declared.variadic else 0)
    numbers = set(range(1, single + 1))
    open_end = {single + 1} if declared.variadic else set()
    assert numbers <= used, f"declared but not used: {sorted(numbers - used)}"
    assert used <= numbers | open_end, f"used but not declared: {sorted(used - numbers)}"
    assert not declared.variadic or re.search(AS_A_TABLE.format(kind=kind), body)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_uses_the_keys_and_arguments_of_its_header_and_no_others(script: Path) -> None:
    header, body = header_of(script), body_of(script)

    assert header.name == script.stem
    assert_declared_is_used("KEYS", Parameters() if header.keys_from else header.keys, body)
    assert_declared_is_used("ARGV", header.args, body)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_includes_the_fragment_that_declares_its_keys_and_no_other(script: Path) -> None:
    header, fragments = header_of(script), included_by(script) - {script}
    declaring = {fragment for fragment in fragments if header_of(fragment).keys.descriptions}

    if header.returns:
        assert declaring == ({script.parent / header.keys_from} if header.keys_from else set())


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_that_a_guard_may_end_says_so(script: Path) -> None:
    header, guards = header_of(script), [body_of(each) for each in included_by(script)]

    if header.returns and any('return { "NOT_READY" }' in body for body in guards):
        assert '{"NOT_READY"}' in header.returns


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_touches_one_slot_and_says_what_it_returns(script: Path) -> None:
    header = header_of(script)
    tags = {re.findall(r"\{[^}]+\}", description.split()[0])[0] for description in header.keys.descriptions}

    assert len(tags) <= 1
    assert bool(header.returns) == bool(re.search(r"^return\b", body_of(script), re.MULTILINE))
