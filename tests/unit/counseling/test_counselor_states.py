"""The table of counselor states makes sense, and nothing that has to follow it was forgotten."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.db.migrations.loader import MigrationLoader
from django.utils import translation

from apps.counseling.states import AT_WORK, COUNSELOR_STATES, ON_QUEUE, CounselorState, Lamp, counselor_states
from scripts import counselor_states as command

CHECKOUT = command.CHECKOUT
TABLE = CHECKOUT / "apps" / "counseling" / "states.py"
ANY_STATE = "|".join(CounselorState)
OFF_WORK = set(CounselorState) - set(AT_WORK)


# The table


def test_the_table_has_a_row_for_each_state_and_no_two_share_an_address() -> None:
    addresses = [row.address for row in COUNSELOR_STATES.values() if row.address is not None]

    assert set(COUNSELOR_STATES) == set(CounselorState)
    assert len(set(addresses)) == len(addresses)


def test_one_state_is_not_at_work_and_whoever_is_can_be_lost_to_it() -> None:
    """Whoever routing has no record of is in it, and a log-out or a loss leads there from everywhere."""
    assert len(OFF_WORK) == 1
    assert all(set(state.row.moves) >= OFF_WORK for state in AT_WORK)


def test_a_counselor_asks_only_for_states_that_have_an_address() -> None:
    assert {to for row in COUNSELOR_STATES.values() for to in row.moves if to.row.address is None} == set()


def test_the_load_moves_back_and_forth_between_a_state_with_a_free_place_and_its_like_without() -> None:
    for state, row in COUNSELOR_STATES.items():
        assert row.when_full is None or row.when_full.row.when_free == state
        assert row.when_free is None or row.when_free.row.when_full == state
        assert row.takes_conversations == (row.when_full is not None)


def test_whoever_serves_the_lines_is_at_work_and_nobody_else_gets_conversations_or_after_call_work() -> None:
    assert set(ON_QUEUE) <= set(AT_WORK)
    assert set(counselor_states(lambda row: row.takes_conversations)) <= set(ON_QUEUE)
    assert set(counselor_states(lambda row: row.after_session is not None)) <= set(ON_QUEUE)


def test_every_limit_leads_where_the_sweep_leads() -> None:
    """services/counselor_states.py end_overdue_after_calls."""
    assert {row.at_limit for row in COUNSELOR_STATES.values()} == {None, CounselorState.READY}


def test_what_offers_that_were_missed_or_after_call_work_lead_to_is_no_dead_end() -> None:
    for row in COUNSELOR_STATES.values():
        for to in (row.after_missed_offers, row.after_session):
            assert to is None or CounselorState.READY in to.row.moves


# What follows the table


@pytest.mark.parametrize(("path", "text"), command.generated().items(), ids=str)
def test_a_generated_file_is_what_the_table_says(path: Path, text: str) -> None:
    assert command.is_current(path, text), "make states"


def test_the_command_tells_of_a_file_that_is_not_current(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "CHECKOUT", tmp_path)
    for path in command.generated():
        (tmp_path / path).parent.mkdir(parents=True)
    monkeypatch.setattr("sys.argv", ["counselor_states", "--check"])
    assert command.main() == 1
    errors = capsys.readouterr().err
    assert all(str(path) in errors for path in command.generated())

    monkeypatch.setattr("sys.argv", ["counselor_states"])
    assert command.main() == 0

    monkeypatch.setattr("sys.argv", ["counselor_states", "--check"])
    assert command.main() == 0


def test_the_migrations_know_every_state() -> None:
    fields = MigrationLoader(None).project_state().models["counseling", "counselorstateevent"].fields

    for name in ("from_state", "to_state"):
        assert [value for value, _label in fields[name].choices] == CounselorState.values, "manage.py makemigrations"


@pytest.mark.parametrize("state", CounselorState)
def test_a_state_is_translated_for_the_admin_and_for_the_desk(state: CounselorState) -> None:
    with translation.override("en"):
        label = str(state.label)

    for domain, texts in {"django": [label], "deskjs": [state.row.desk_name, state.row.desk_text]}.items():
        with (CHECKOUT / "locale" / "ko" / "LC_MESSAGES" / f"{domain}.po").open("rb") as file:
            catalogue = read_po(file)
        missing = [text for text in texts if (message := catalogue.get(text)) is None or not message.string]
        assert not missing, "make messages, and translate them"


@pytest.mark.parametrize("state", CounselorState)
def test_the_page_of_the_desk_says_what_a_state_means(state: CounselorState) -> None:
    pages = [*CHECKOUT.glob("docs/**/desk*.md")]

    assert pages
    for page in pages:
        row = rf"^\| (.+ \()?{state}\)? \| .*\|$"  # in Korean with its name, and this one in brackets
        assert re.search(row, page.read_text(), re.MULTILINE), f"a row of {state} in {page}"


def test_the_page_of_the_figures_says_which_states_count_in_occupancy() -> None:
    names = f"{', '.join(ON_QUEUE[:-1])} or {ON_QUEUE[-1]}"

    (page,) = CHECKOUT.glob("docs/**/kpis.md")
    assert page.read_text().count(f"({names})") == 2, "occupancy and utilisation"


def test_the_desk_has_a_colour_for_every_lamp() -> None:
    """OUT is the lamp's own colour."""
    style = (CHECKOUT / "static" / "counseling" / "desk" / "desk.css").read_text()

    for lamp in set(Lamp) - {Lamp.OUT}:
        assert f'[data-lamp="{lamp}"] > .desk-lamp' in style


# What would have to follow it, and must not be


SCRIPTS_STYLES_AND_PAGES = (
    "apps/counseling/**/*.lua",
    "static/counseling/**/*.js",
    "static/counseling/**/*.css",
    "templates/**/counseling/**/*.html",
)


def written_by_hand(*patterns: str) -> list[Path]:
    exempt = {TABLE, *(CHECKOUT / path for path in command.generated())}
    found = [path for pattern in patterns for path in sorted(CHECKOUT.glob(pattern))]
    return [path for path in found if path not in exempt and "migrations" not in path.parts]


def name_of(path: Path) -> str:
    return str(path.relative_to(CHECKOUT))


@pytest.mark.parametrize("path", written_by_hand(*SCRIPTS_STYLES_AND_PAGES), ids=name_of)
def test_scripts_styles_and_pages_name_no_state_but_by_the_generated_files(path: Path) -> None:
    """`State.READY` is for what is of one state alone; what is of several is a column of the table."""
    for line in path.read_text().splitlines():
        assert not re.search(rf"""(["'`])({ANY_STATE})\1""", line), line
        assert len(set(re.findall(rf"\bState\.({ANY_STATE})\b", line))) < 2, line


@pytest.mark.parametrize("path", written_by_hand("apps/counseling/**/*.py"), ids=name_of)
def test_no_module_but_the_table_lists_states(path: Path) -> None:
    """A set of states, or a condition of several, is a column of the table and `counselor_states` of it."""
    for node in ast.walk(ast.parse(path.read_text())):
        assert not (isinstance(node, ast.Constant) and node.value in CounselorState.values), f"line {node.lineno}"
        if isinstance(node, (ast.Set, ast.List, ast.Tuple, ast.Dict, ast.BoolOp, ast.BinOp, ast.MatchOr)):
            assert len(states_in(node)) < 2, f"line {node.lineno}"


def states_in(node: ast.AST) -> set[str]:
    return {
        each.attr
        for each in ast.walk(node)
        if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id == "CounselorState"
    }
