"""Keys of rows as somebody sends them to the admin: what can be no key is that of no row, and no fault of ours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.db.models import Field, ForeignKey, QuerySet
from django.http import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin as Base
else:
    Base = object


def possible(keys: Iterable[Any], field: Field[Any, Any]) -> list[Any]:
    """Return those that a field could hold."""
    found = []
    for key in keys:
        try:
            field.to_python(key)
        except ValidationError:
            continue
        found.append(key)
    return found


class PossibleSelect(AutocompleteSelect):
    """Looks for the rows that a form came back with."""

    def optgroups(self, name: str, value: Sequence[Any], attr: Any = None) -> Any:
        return super().optgroups(name, possible(value, self.field.target_field), attr)


class RowsByKey(Base):
    """A model's pages, which are told of rows by their keys: in a list's acts, in a form, in an address."""

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:  # type: ignore[override]
        posted = request.POST.copy()
        keys = possible(posted.getlist(ACTION_CHECKBOX_NAME), queryset.model._meta.pk)
        posted.setlist(ACTION_CHECKBOX_NAME, keys)
        request.POST = posted  # type: ignore[assignment]
        return super().response_action(request, queryset)

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", PossibleSelect(db_field, self.admin_site, using=kwargs.get("using")))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        return super().get_object(request, object_id, from_field or None)
