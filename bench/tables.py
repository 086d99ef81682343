"""Tables: on the terminal, and as Markdown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from rich.table import Table


def terminal_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], missed: Collection[str]) -> Table:
    """Lay rows out; those whose name is among the missed ones are red."""
    first, *others = columns
    table = Table(title=title, title_justify="left")
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(*row, style="red" if row[0] in missed else None)
    return table


def markdown_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, texts: int = 1) -> str:
    """Write a table of GitHub's Markdown; the first `texts` columns are texts, the others figures."""
    marks = ["---" if number < texts else "---:" for number in range(len(columns))]
    lines = [columns, marks, *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
