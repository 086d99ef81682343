"""What the catalogue's templates need besides `ticketlive`."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from apps.common.templatetags.ticketlive import time_of_a_place
from apps.concerts.models import Performance, Venue

register = template.Library()

HANGUL = re.compile(r"[\uac00-\ud7a3]")
NOT_IN_A_SCRIPT = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


@register.simple_tag
def show_time(performance: Performance, style: str = "datetime", *, named: bool = False) -> SafeString | str:
    """When a show starts, always in its venue's zone; `style` as of `local_time`, and `named` writes the zone too."""
    return venue_time(performance.starts_at, performance.venue, style, named=named)


@register.simple_tag
def venue_time(
    moment: datetime | None, venue: Venue, style: str = "datetime", *, named: bool = False
) -> SafeString | str:
    """A moment that a show's date decides, as the end of cancelling, in its venue's zone."""
    return "" if moment is None else time_of_a_place(moment, style, zone=venue.zone, named=named)


@register.simple_tag
def json_ld(document: dict[str, Any]) -> SafeString:
    """A JSON-LD data block. Nothing in it can end it: the characters of markup are written as JSON escapes."""
    text = json.dumps(document, ensure_ascii=False).translate(NOT_IN_A_SCRIPT)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))  # noqa: S308


@register.filter
def lang_of(text: str) -> str:
    """The language of what staff wrote, for readers of another one: screen readers change their voice by it."""
    return "ko" if HANGUL.search(text) else "en"
