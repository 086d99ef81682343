"""What a rehearsal sells is kept apart from what the house sells, by one rule for all that lists or counts.

`Concert.is_rehearsal` says whose it is. The public catalogue and every figure of sales are read through
`of_the_house`; what is asked for by its id is found, because the pages of a rehearsal's sale have to work.
"""

from __future__ import annotations

from typing import TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)


def of_the_house(rows: models.QuerySet[Row], *, concert: str) -> models.QuerySet[Row]:
    """Leave out what belongs to rehearsals; `concert` leads from a row to its concert: `performance__concert`."""
    return rows.filter(**{f"{concert}__is_rehearsal": False})
