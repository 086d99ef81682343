"""The admin's lists, asked for by an address: a day in it is one of the operator's, as on every page."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import DateTimeField
from django.db.models.constants import LOOKUP_SEP
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import is_naive, make_aware

from apps.common.days import operator_zone

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList as UnfoldChangeList
else:
    from unfold.views import ChangeList as UnfoldChangeList

COMPARED = {"", "exact", "gt", "gte", "lt", "lte", "in", "range"}  # with moments; other lookups take parts of them


class ChangeList(UnfoldChangeList):
    """A list whose filters say in which time zone their moments are: Django takes others as well, with a warning."""

    def get_filters_params(self, params: Any = None) -> Any:
        """Return the filters of the address, by name."""
        found = super().get_filters_params(params)
        for name, values in found.items():
            if self._is_moment(name) and isinstance(values, list):
                found[name] = [",".join(map(with_zone, value.split(","))) for value in values]
        return found

    def _is_moment(self, name: str) -> bool:
        """Tell whether a filter compares a moment, here or in what the rows are related to."""
        model: Any = self.model
        parts = name.split(LOOKUP_SEP)
        for at, part in enumerate(parts):
            try:
                field = model._meta.get_field(part)
            except FieldDoesNotExist:
                return False
            if isinstance(field, DateTimeField):
                return LOOKUP_SEP.join(parts[at + 1 :]) in COMPARED
            model = field.related_model
            if model is None:
                return False
        return False


def with_zone(text: str) -> str:
    """Return a day, or a moment without a time zone, as a moment of the operator's; anything else as it is."""
    try:
        moment = parse_datetime(text)
        if moment is None and (day := parse_date(text)) is not None:
            moment = datetime.combine(day, time.min)
    except ValueError:
        return text
    return make_aware(moment, operator_zone()).isoformat(" ") if moment is not None and is_naive(moment) else text
