"""What `python -m scripts.glossary` counts, and that this repository has none of it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from django.apps import apps

from scripts.glossary import CHECKOUT, GLOSSARY, count_uses, find_problems, list_files, read_banned

TABLE = """\
## Words not to use

| not | kind | in | but |
| --- | --- | --- | --- |
| `Standing` | name | `apps/line/` | `QueuePosition` |
| `told` | name | | `payload` |
| `words` | file | | `labels` |
"""


def uses_in(tmp_path: Path, path: str, text: str) -> dict[tuple[str, str], int]:
    file = tmp_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return dict(count_uses(tmp_path, [file], read_banned(TABLE)))


def test_no_word_is_used_that_the_glossary_names_as_not_to_be_used() -> None:
    banned = read_banned(GLOSSARY.read_text())
    assert len(banned) > 20
    assert list(find_problems(count_uses(CHECKOUT, list_files(CHECKOUT), banned), banned)) == []


def test_every_model_and_script_that_the_glossary_names_is_there() -> None:
    text = GLOSSARY.read_text()
    models = {f"{model._meta.app_label}.{model.__name__}" for model in apps.get_models()}
    assert set(re.findall(r"`([a-z]+\.[A-Z]\w+)`", text)) <= models
    files = {file.name for file in (CHECKOUT / "apps").rglob("*.*")} | {
        file.name for file in (CHECKOUT / "ticketlive").iterdir()
    }
    assert {name.split("/")[-1] for name in re.findall(r"`([\w/]+\.(?:lua|py))`", text) if "/" not in name} <= files


def test_no_term_stands_twice_in_the_glossary() -> None:
    terms = re.findall(r"^\| (?!English )([^|`]+) \| [^|]*[가-힣]", GLOSSARY.read_text(), re.M)
    assert len(terms) == len(set(terms)) > 40


@pytest.mark.parametrize(
    ("path", "text", "count"),
    [
        ("apps/line/store.py", "class Standing: ...\nx: Standing\n", 2),
        ("apps/line/store.lua", "local Standing = 1 -- Standing\n", 1),
        ("static/line/store.js", 'const told = "told"; // told\nf(told_at, retold);\n', 2),
    ],
)
def test_names_are_counted_and_not_what_is_said(tmp_path: Path, path: str, text: str, count: int) -> None:
    assert sum(uses_in(tmp_path, path, text).values()) == count


def test_a_word_in_small_letters_counts_as_a_part_of_a_longer_name(tmp_path: Path) -> None:
    text = '"""Who was told."""\ntold_at = _told = is_told = 1  # told\ntoldness = "told"\n'
    assert uses_in(tmp_path, "apps/line/a.py", text) == {("apps/line/a.py", "told"): 3}


def test_a_test_s_name_is_a_sentence(tmp_path: Path) -> None:
    text = "def test_nobody_is_told(told: int) -> None: ...\n"
    assert uses_in(tmp_path, "apps/line/a.py", text) == {("apps/line/a.py", "told"): 1}


def test_a_word_of_one_room_is_free_in_another(tmp_path: Path) -> None:
    assert uses_in(tmp_path, "apps/other/a.py", "class Standing: ...\n") == {}


def test_a_file_is_counted_by_its_name(tmp_path: Path) -> None:
    assert uses_in(tmp_path, "static/line/words.js", "") == {("static/line/words.js", "words"): 1}


def test_a_word_is_refused_with_the_word_to_take() -> None:
    (problem,) = find_problems(Counter({("apps/line/a.py", "Standing"): 2}), read_banned(TABLE))
    assert "2 times" in problem
    assert "QueuePosition" in problem
