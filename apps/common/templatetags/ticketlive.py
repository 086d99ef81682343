"""Times, money and tables of choices as pages write them."""

from __future__ import annotations

from datetime import datetime, tzinfo

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
    """A `<time>` of the reader's: in the site's zone, which static/common/times.js says again in the viewer's.

    What is the show's is told by `show_time` (apps/concerts/templatetags/catalogue.py).

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


def time_of_a_place(moment: datetime, style: str, *, zone: tzinfo, named: bool = False) -> SafeString:
    """A `<time>` in a place's own zone, wherever it is read; times.js adds the zone's name where the viewer's differs.

    `named` writes the name in any case, for paper.
    """
    there = moment.astimezone(zone)
    values = (there.isoformat(timespec="seconds"), in_words(moment, style, zone=zone), there.tzname())
    if named:
        return format_html('<time datetime="{}">{}</time> <abbr class="zone">{}</abbr>', *values)
    return format_html(
        '<time datetime="{}" data-zone="{}" data-zone-name="{}" data-style="{}">{}</time>',
        values[0], zone, values[2], style, values[1],
    )  # fmt: skip


def in_words(moment: datetime, style: str, *, zone: tzinfo | None = None) -> str:
    """The text of a moment in the language of the page, for titles and mails as well; in the site's zone or another."""
    language = translation.get_language() or "ko"
    text = formats.date_format(timezone.localtime(moment, zone), FORMATS.get(language, FORMATS["en"])[style])
    return text.replace("요일)", ")")  # Django knows no shorter name of a day in Korean


@register.filter
def won(amount_krw: int | None) -> str:
    """99000 -> 99,000원, or ₩99,000 in English."""
    if amount_krw is None:
        return ""
    return f"{amount_krw:,}원" if (translation.get_language() or "ko") == "ko" else f"₩{amount_krw:,}"
