"""Tables as files: CSV as Excel opens it, and XLSX, both row by row. What people wrote cannot become a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise
    from openpyxl.cell import WriteOnlyCell

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BYTE_ORDER_MARK = "\N{BYTE ORDER MARK}"  # without it Excel reads UTF-8 as the computer's old code page
BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # OWASP, "CSV Injection"
NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\]")
LONGEST_TITLE = 31  # characters; Excel's limit
COLUMN_WIDTH = 16

Cell = str | int | float | date | datetime | None


@dataclass(frozen=True, slots=True)
class Table:
    """A title, the columns' headings, and rows of as many cells, which may be made as they are read."""

    title: StrOrPromise
    headings: Sequence[StrOrPromise]
    rows: Iterable[Sequence[Any]]


def neutralised(value: Any) -> Cell:
    """Return a value as a cell: numbers and dates as they are, text so that no spreadsheet takes it for a formula."""
    if value is None or isinstance(value, int | float | date):
        return value
    text = NOT_IN_XML.sub("", str(value))
    return f"'{text}" if text.startswith(BEGINS_FORMULA) else text


def csv_lines(table: Table) -> Iterator[str]:
    """Yield a table line by line (RFC 4180), a byte order mark before the first."""
    yield BYTE_ORDER_MARK + _csv_line(table.headings)
    for row in table.rows:
        yield _csv_line(row)


def csv_response(table: Table, *, filename: str) -> StreamingHttpResponse:
    """Answer with a table as a file to keep."""
    response = StreamingHttpResponse(csv_lines(table), content_type=CSV_TYPE)
    return _as_download(response, filename)


def xlsx_response(tables: Iterable[Table], *, filename: str) -> HttpResponse:
    """Answer with a workbook of one sheet for each table; openpyxl keeps no row of it in memory."""
    # Few requests need it, and the start of every process would take a tenth of a second longer, or two with numpy.
    from openpyxl import Workbook  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    book = Workbook(write_only=True)
    for table in tables:
        sheet = book.create_sheet(NOT_IN_TITLES.sub(" ", str(table.title))[:LONGEST_TITLE])
        sheet.freeze_panes = "A2"
        for column in range(1, len(table.headings) + 1):
            sheet.column_dimensions[get_column_letter(column)].width = COLUMN_WIDTH
        sheet.append([_heading(sheet, heading) for heading in table.headings])
        for row in table.rows:
            sheet.append([neutralised(value) for value in row])
    content = io.BytesIO()
    book.save(content)
    return _as_download(HttpResponse(content.getvalue(), content_type=XLSX_TYPE), filename)


_Response = TypeVar("_Response", HttpResponse, StreamingHttpResponse)


def _as_download(response: _Response, filename: str) -> _Response:
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=filename)
    response["Cache-Control"] = "no-store"
    return response


def _heading(sheet: Any, heading: StrOrPromise) -> WriteOnlyCell:
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415
    from openpyxl.styles import Font  # noqa: PLC0415

    cell = WriteOnlyCell(sheet, value=neutralised(heading))
    cell.font = Font(bold=True)
    return cell


def _csv_line(values: Sequence[Any]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(["" if value is None else value for value in map(neutralised, values)])
    return line.getvalue()
