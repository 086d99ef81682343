"""A hall, its sections and its seats. Once built they stay: a rebuilt hall is another venue."""

from __future__ import annotations

from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _


def is_time_zone(name: str) -> None:
    """Refuse what is no zone of the IANA database, as "Asia/Seoul" is one."""
    if name not in available_timezones():
        raise ValidationError(_("There is no time zone %(name)s."), params={"name": name})


class Venue(models.Model):
    name = models.CharField(_("name"), max_length=100, unique=True)
    city = models.CharField(_("city"), max_length=50, blank=True)
    address = models.CharField(_("street address"), max_length=200, blank=True)
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        default="",
        db_default="",
        validators=[is_time_zone],
        help_text=_("As Asia/Seoul: the times of shows are told in it. Empty: the site’s."),
    )
    seat_count = models.PositiveIntegerField(_("seats"), default=0, editable=False)

    class Meta:
        verbose_name = _("hall")
        verbose_name_plural = _("halls")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which the times of its shows are told, whoever reads them."""
        return ZoneInfo(self.time_zone or settings.TIME_ZONE)


class Section(models.Model):
    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="sections", verbose_name=_("hall"))
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=50)
    position = models.PositiveIntegerField(_("position"), help_text=_("The order in which sections are listed."))

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        ordering = ["venue", "position"]
        constraints = [models.UniqueConstraint(fields=["venue", "code"], name="section_code_once_per_venue")]

    def __str__(self) -> str:
        return f"{self.venue.name} {self.name}"


class Seat(models.Model):
    """A place to sit.

    `ordinal` is the seat's cell in the packed state of a performance: dense from 0 within
    the venue. `x` and `y` are metres from the middle of the stage's edge: x to the right of who
    faces the stage, y away from it.
    """

    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="seats", verbose_name=_("hall"))
    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="seats", verbose_name=_("section"))
    row = models.CharField(_("row"), max_length=10)
    number = models.PositiveSmallIntegerField(_("number"))
    ordinal = models.PositiveIntegerField(_("ordinal"))
    x = models.FloatField()
    y = models.FloatField()
    is_accessible = models.BooleanField(_("accessible"), default=False)

    class Meta:
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        ordering = ["venue", "ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["venue", "ordinal"], name="seat_ordinal_once_per_venue"),
            models.UniqueConstraint(fields=["section", "row", "number"], name="seat_number_once_per_row"),
        ]

    def __str__(self) -> str:
        return f"{self.row}-{self.number}"
