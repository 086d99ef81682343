"""Figures as the staff's pages write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from apps.common.admin.details import in_words

register = template.Library()
register.filter("details", in_words)

NOTHING = "–"
MINUTE, HOUR = 60, 3600


@register.filter
def percent(share: float | None) -> str:
    """0.256 -> 25.6%; of nothing there is no share."""
    return NOTHING if share is None else f"{number_format(share * 100, 1)}%"


@register.filter
def duration(seconds: float | None) -> str:
    """95.4 -> 1:35, 3700 -> 1:01:40; below a minute in seconds."""
    if seconds is None:
        return NOTHING
    whole = round(seconds)
    if whole < MINUTE:
        return _("%(count)s s") % {"count": number_format(seconds, 1)}
    if whole < HOUR:
        return f"{whole // MINUTE}:{whole % MINUTE:02}"
    return f"{whole // HOUR}:{whole % HOUR // MINUTE:02}:{whole % MINUTE:02}"


@register.filter
def at(values: Mapping[Any, Any], key: Any) -> Any:
    """What a mapping has under a key that a variable names."""
    return values.get(key)
