"""Tables that people open in a spreadsheet: their own words never run there."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from openpyxl import load_workbook

from apps.common.admin.tables import Table, csv_response, neutralised, xlsx_response

HARMFUL = [
    '=HYPERLINK("http://example.com")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "＋1",
    "－1",
    "＠1",
]


def read_csv(table: Table) -> tuple[bytes, list[list[str]]]:
    content = b"".join(csv_response(table, filename="figures.csv").streaming_content)  # type: ignore[arg-type]
    return content, list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def read_xlsx(*tables: Table) -> Any:
    return load_workbook(io.BytesIO(xlsx_response(tables, filename="figures.xlsx").content))


@pytest.mark.parametrize("text", HARMFUL)
def test_text_that_a_spreadsheet_would_run_is_text_in_both_files(text: str) -> None:
    table = Table("figures", ["who"], [[text]])

    assert read_csv(table)[1][1] == [f"'{text}"]
    cell = read_xlsx(table).active["A2"]
    assert cell.data_type == "s"
    assert cell.value.startswith("'")


@pytest.mark.parametrize("text", HARMFUL[:4])
def test_headings_are_text_as_well(text: str) -> None:
    table = Table("figures", [text], [])

    assert read_csv(table)[1] == [[f"'{text}"]]
    assert read_xlsx(table).active["A1"].data_type == "s"


def test_numbers_and_days_stay_what_they_are() -> None:
    row = [-5, 0.25, date(2026, 3, 10), None, "김서연"]
    table = Table("figures", list("abcde"), [row])

    assert read_csv(table)[1][1] == ["-5", "0.25", "2026-03-10", "", "김서연"]
    cells = [cell.value for cell in read_xlsx(table).active[2]]
    assert (cells[0], cells[1], cells[2].date(), cells[3], cells[4]) == (-5, 0.25, date(2026, 3, 10), None, "김서연")


def test_a_csv_begins_with_a_byte_order_mark_so_that_excel_reads_korean() -> None:
    content, _rows = read_csv(Table("figures", ["상담사"], []))

    assert content.startswith(b"\xef\xbb\xbf")


def test_rows_are_made_as_they_are_sent() -> None:
    made: list[int] = []

    def rows() -> Iterator[list[int]]:
        for number in range(3):
            made.append(number)
            yield [number]

    lines = iter(csv_response(Table("figures", ["n"], rows()), filename="figures.csv").streaming_content)  # type: ignore[arg-type]
    next(lines)
    assert made == []
    next(lines)
    assert made == [0]


def test_a_title_that_excel_would_refuse_is_made_one_that_it_takes() -> None:
    book = read_xlsx(Table("days: [all] / " + "x" * 40, ["n"], [[1]]))

    assert len(book.sheetnames[0]) == 31
    assert not set("[]:*?/\\") & set(book.sheetnames[0])


def test_characters_that_xml_cannot_hold_do_not_break_the_file() -> None:
    assert read_xlsx(Table("figures", ["who"], [["a\x00b\x0bc"]])).active["A2"].value == "abc"


def test_a_files_name_is_kept_whatever_is_in_it() -> None:
    answer = csv_response(Table("figures", ["n"], []), filename='상담 "지표".csv')

    assert "filename*=utf-8''%EC%83%81%EB%8B%B4%20%22%EC%A7%80%ED%91%9C%22.csv" in answer["Content-Disposition"]
    assert answer["Cache-Control"] == "no-store"


def test_what_hides_a_formula_behind_a_character_that_is_taken_out_is_text() -> None:
    assert neutralised("\x00=1") == "'=1"
