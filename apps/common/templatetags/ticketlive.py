"""Times, money and tables of choices as pages write them."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import formats, timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

FORMATS = {
    "ko": {
        "datetime": "Y년 n월 j일 (D) H:i",
        "date": "Y년 n월 j일 (D)",
        "time": "H:i",
        "short": "n월 j일 (D) H:i",
        "day": "n월 j일 (D)",
    },
    "en": {"datetime": "D, j M Y, H:i", "date": "D, j M Y", "time": "H:i", "short": "D, j M, H:i", "day": "D, j M"},
}


@register.simple_tag
def local_time(moment: datetime | None, style: str = "datetime") -> SafeString | str:
    """A `<time>` in the site's zone, which static/common/times.js says again in the viewer's zone.

    `style` is one of datetime, date, time, short (a date-time without its year) and day (a date without it).
    """
    if moment is None:
        return ""
    here = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" data-style="{}">{}</time>',
        here.isoformat(timespec="seconds"),
        style,
        in_words(here, style),
    )


def in_words(moment: datetime, style: str) -> str:
    """The text of a moment in the language of the page, for titles and mails as well."""
    language = translation.get_language() or "ko"
    text = formats.date_format(timezone.localtime(moment), FORMATS.get(language, FORMATS["en"])[style])
    return text.replace("요일)", ")")  # Django knows no shorter name of a day in Korean


@register.filter
def won(amount_krw: int | None) -> str:
    """99000 -> 99,000원, or ₩99,000 in English."""
    if amount_krw is None:
        return ""
    return f"{amount_krw:,}원" if (translation.get_language() or "ko") == "ko" else f"₩{amount_krw:,}"
