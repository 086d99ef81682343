"""A concert, its performances, and which seats are sold at which price."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.templatetags.static import static
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.common.database.states import Moves
from apps.concerts.models.policies import CancellationPolicy
from apps.concerts.models.publication import (
    PUBLICATION_MOVES,
    ConcertPublicationEvent,
    PerformancePublicationEvent,
    Publishable,
    published,
)
from apps.concerts.models.venues import Seat, Section, Venue
from apps.concerts.models.waiting_rooms import WaitingRoomMode

if TYPE_CHECKING:
    from apps.concerts.models.moves import PerformanceMove


class Genre(models.TextChoices):
    CONCERT = "concert", _("Concert")
    MUSICAL = "musical", _("Musical")
    PLAY = "play", _("Play")
    CLASSICAL = "classical", _("Classical")
    TRADITIONAL = "traditional", _("Traditional Korean")
    DANCE = "dance", _("Dance")
    FAMILY = "family", _("Family")


class SaleStatus(models.TextChoices):
    """Whether something can be bought: seen from a moment, so computed and never stored."""

    UPCOMING = "upcoming", _("Opens soon")
    ON_SALE = "on_sale", _("On sale")
    CLOSED = "closed", _("Sale ended")


class ConcertQuerySet(models.QuerySet["Concert"]):
    def of_the_house(self) -> ConcertQuerySet:
        """Leave out rehearsals."""
        return self.filter(is_rehearsal=False)

    def public(self, now: datetime) -> ConcertQuerySet:
        """Keep what the public may know of at `now`; one without a public performance is announced, without dates."""
        return self.filter(published(now))


class PerformanceQuerySet(models.QuerySet["Performance"]):
    def of_the_house(self) -> PerformanceQuerySet:
        """Leave out those of rehearsals."""
        return self.filter(concert__is_rehearsal=False)

    def public(self, now: datetime) -> PerformanceQuerySet:
        """Keep what the public may know of at `now`: published, as its concert is."""
        return self.filter(published(now), published(now, at="concert"))


class Concert(Publishable):
    """What is given, however often; each time is a `Performance`."""

    slug = models.SlugField(
        _("page address"), max_length=80, unique=True, help_text=_("The last part of the page’s address.")
    )
    title = models.CharField(_("title"), max_length=150)
    organiser = models.CharField(_("organiser"), max_length=100)
    genre = models.CharField(_("genre"), max_length=20, choices=Genre, db_index=True)
    description = models.TextField(_("description"), blank=True)
    notice = models.TextField(_("notice"), blank=True, help_text=_("What ticket buyers have to know."))
    poster = models.CharField(
        _("poster"), max_length=300, blank=True, help_text=_("A static file's path, or an address.")
    )
    running_minutes = models.PositiveSmallIntegerField(_("minutes"), validators=[MinValueValidator(1)])
    age_limit = models.PositiveSmallIntegerField(
        _("age limit"), default=0, help_text=_("The youngest age admitted; 0 for everybody.")
    )
    cancellation_policy = models.ForeignKey(
        CancellationPolicy, on_delete=models.PROTECT, related_name="concerts", verbose_name=_("cancellation policy")
    )
    is_rehearsal = models.BooleanField(
        _("rehearsal"),
        default=False,
        db_default=False,
        editable=False,
        help_text=_("Made to try the platform: not in the catalogue, and not in the figures of sales."),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = ConcertQuerySet.as_manager()

    class Meta:
        verbose_name = _("concert")
        verbose_name_plural = _("concerts")
        ordering = ["title", "id"]
        permissions = [("publish_show", "Can approve, reject and publish shows")]

    def __str__(self) -> str:
        return self.title

    @property
    def poster_url(self) -> str:
        """Where a browser finds the poster; empty if there is none."""
        if not self.poster or "://" in self.poster:
            return self.poster
        try:
            return static(self.poster)
        except ValueError:  # the manifest has no such file: the catalogue does without the picture
            return ""


class Performance(Publishable):
    """One evening of a concert: the thing that seats are sold for.

    `catalogue_version` grows with every change of the fixed part of the seat map (grades, prices,
    which section has which), so that cached layouts know themselves stale.
    """

    class Status(models.TextChoices):
        SCHEDULED = "SCHEDULED", _("Scheduled")
        CANCELLED = "CANCELLED", _("Cancelled")

    concert = models.ForeignKey(
        Concert, on_delete=models.PROTECT, related_name="performances", verbose_name=_("concert")
    )
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="performances", verbose_name=_("hall"))
    starts_at = models.DateTimeField(_("starts at"), db_index=True)
    sale_opens_at = models.DateTimeField(_("sale opens at"))
    sale_closes_at = models.DateTimeField(_("sale closes at"))
    limit_per_person = models.PositiveSmallIntegerField(
        _("tickets a person"), default=4, validators=[MinValueValidator(1)]
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.SCHEDULED)
    cancelled_reason = models.CharField(
        _("why it is called off"), max_length=500, blank=True, default="", db_default="", editable=False
    )
    catalogue_version = models.PositiveIntegerField(_("catalogue version"), default=1, editable=False)
    waiting_room_mode = models.CharField(
        _("waiting room"), max_length=10, choices=WaitingRoomMode, default=WaitingRoomMode.OPEN
    )
    waiting_room_rate = models.FloatField(_("admissions a second"), default=2.0, validators=[MinValueValidator(0.01)])
    waiting_room_inside_limit = models.PositiveIntegerField(
        _("most people inside"), default=500, validators=[MinValueValidator(1)]
    )
    waiting_room_opens_minutes_before = models.PositiveIntegerField(
        _("opens before the sale"),
        default=30,
        help_text=_("Minutes before the sale from which people can join the waiting room."),
    )
    moving_since = models.DateTimeField(
        _("being moved since"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Set while it gets another date or hall: nothing of it is sold meanwhile."),
    )
    moved_at = models.DateTimeField(
        _("moved at"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("When it was last moved; `moves` has the rest."),
    )

    objects = PerformanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("performance")
        verbose_name_plural = _("performances")
        ordering = ["starts_at", "id"]
        indexes = [models.Index(fields=["status", "sale_closes_at"], name="performance_open_sales")]
        constraints = [
            models.UniqueConstraint(
                fields=["concert", "venue", "starts_at"], name="performance_once_per_concert_venue_and_time"
            ),
            models.CheckConstraint(
                condition=Q(sale_opens_at__lt=F("sale_closes_at")), name="performance_sale_opens_before_it_closes"
            ),
            models.CheckConstraint(condition=Q(limit_per_person__gte=1), name="performance_limit_positive"),
            models.CheckConstraint(
                condition=Q(waiting_room_rate__gt=0) & Q(waiting_room_inside_limit__gte=1),
                name="performance_waiting_room_limits_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.concert.title}, {self.starts_there:%Y-%m-%d %H:%M}"

    @property
    def starts_there(self) -> datetime:
        """When it starts, in the venue's zone: the one in which a show's time is told."""
        return self.starts_at.astimezone(self.venue.zone)

    @property
    def moves_done(self) -> list[PerformanceMove]:
        """Its moves, the newest first; no query for one that was never moved, or after `fetch_moves`."""
        return [] if self.moved_at is None else [move for move in self.moves.all() if move.moved_at is not None]

    @property
    def last_move(self) -> PerformanceMove | None:
        """How it came to its date and hall, if by a move."""
        return next(iter(self.moves_done), None)

    @property
    def is_called_off(self) -> bool:
        """Whether it does not take place; who acts upon it asks `show_state` in the transaction."""
        return self.status == self.Status.CANCELLED

    @property
    def waiting_room_opens_at(self) -> datetime:
        """From when on people can join the line."""
        return self.sale_opens_at - timedelta(minutes=self.waiting_room_opens_minutes_before)

    @property
    def sale_opens_second(self) -> int:
        """The Unix second from which on both the line admits and the seats can be had: not one without the other."""
        return math.ceil(self.sale_opens_at.timestamp())

    @property
    def sale_closes_second(self) -> int:
        """The Unix second from which on nobody joins the line and no seat can be had."""
        return math.ceil(self.sale_closes_at.timestamp())

    def sale_status(self, now: datetime) -> SaleStatus:
        """Whether its seats can be bought at `now`; those of a cancelled performance never."""
        if self.status == self.Status.CANCELLED or now >= self.sale_closes_at:
            return SaleStatus.CLOSED
        return SaleStatus.UPCOMING if now < self.sale_opens_at else SaleStatus.ON_SALE


class Grade(models.Model):
    """A price of one performance, under the name it is sold by (VIP, R, S, A)."""

    performance = models.ForeignKey(Performance, on_delete=models.CASCADE, related_name="grades")
    name = models.CharField(_("name"), max_length=20)
    price_krw = models.PositiveIntegerField(_("price"))
    position = models.PositiveSmallIntegerField(
        _("position"), default=0, help_text=_("The order in which grades are listed.")
    )
    color = models.CharField(
        _("colour"), max_length=7, default="#6b7280", help_text=_("As #rrggbb, for drawing the seat map.")
    )

    class Meta:
        verbose_name = _("grade")
        verbose_name_plural = _("grades")
        ordering = ["performance", "position"]
        constraints = [models.UniqueConstraint(fields=["performance", "name"], name="grade_once_per_performance")]

    def __str__(self) -> str:
        return f"{self.name} {self.price_krw:,} KRW"


class SectionGrade(models.Model):
    """The grade that a section's seats have in one performance. A section without one is not for sale."""

    performance = models.ForeignKey(Performance, on_delete=models.CASCADE, related_name="section_grades")
    section = models.ForeignKey(Section, on_delete=models.PROTECT, related_name="+")
    grade = models.ForeignKey(Grade, on_delete=models.CASCADE, related_name="section_grades")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["performance", "section"], name="section_one_grade_per_performance")
        ]

    def __str__(self) -> str:
        return f"{self.section.code}: {self.grade.name}"


class BlockedSeat(models.Model):
    """A seat that staff keep from being sold in one performance."""

    performance = models.ForeignKey(Performance, on_delete=models.CASCADE, related_name="blocked_seats")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    blocked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    blocked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("blocked seat")
        verbose_name_plural = _("blocked seats")
        constraints = [
            models.UniqueConstraint(fields=["performance", "seat"], name="seat_blocked_once_per_performance")
        ]

    def __str__(self) -> str:
        return f"seat {self.seat_id} of performance {self.performance_id}"


CONCERT_PUBLICATION = Moves(Concert, ConcertPublicationEvent, PUBLICATION_MOVES, field="publication")
PERFORMANCE_PUBLICATION = Moves(Performance, PerformancePublicationEvent, PUBLICATION_MOVES, field="publication")
