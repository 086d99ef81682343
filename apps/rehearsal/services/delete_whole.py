"""Delete rows together with everything that points to them.

Orders, payments and conversations are never deleted by the platform: their foreign keys are PROTECT, and append-only
models refuse `Model.delete()`. What a rehearsal has made is the exception. The statements here are bulk deletes, which
do not ask `Model.delete()`, and what points to a row is derived from the models, so that a new table is not forgotten.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from django.db import models, transaction
from django.db.models import Model

from apps.common.database.transactions import retried_transaction

AT_ONCE = 1_000  # keys within one statement


@retried_transaction
def delete_whole(model: type[Model], pks: Sequence[Any]) -> Counter[str]:
    """Delete the rows with these keys and, before them, whatever points to them; in one transaction.

    A foreign key that is SET_NULL is emptied, as Django does. Files of deleted rows are removed after the commit.

    Returns:
        How many rows were deleted, by the label of their model.
    """
    counts: Counter[str] = Counter()
    _delete(model, pks, counts)
    return +counts


def _delete(model: type[Model], pks: Sequence[Any], counts: Counter[str]) -> None:
    for some in _parts(pks):
        for key in foreign_keys_to(model):
            pointing = key.model._default_manager.filter(**{f"{key.name}__in": some})
            if key.remote_field.on_delete is models.SET_NULL:
                pointing.update(**{key.name: None})
            else:
                _delete(key.model, list(pointing.values_list("pk", flat=True)), counts)
        rows = model._default_manager.filter(pk__in=some)
        _remove_files(model, rows)
        for label, count in rows.delete()[1].items():
            counts[label] += count


def foreign_keys_to(model: type[Model]) -> list[models.ForeignKey[Any, Any]]:
    """Every foreign key that points to the model, those of many-to-many tables included."""
    relations = model._meta.get_fields(include_hidden=True)
    return [one.field for one in relations if isinstance(one, models.ManyToOneRel)]


def _remove_files(model: type[Model], rows: models.QuerySet[Any]) -> None:
    for field in model._meta.concrete_fields:
        if isinstance(field, models.FileField):
            for name in rows.exclude(**{field.name: ""}).values_list(field.name, flat=True):
                transaction.on_commit(partial(field.storage.delete, name), robust=True)


def _parts(pks: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (pks[start : start + AT_ONCE] for start in range(0, len(pks), AT_ONCE))
