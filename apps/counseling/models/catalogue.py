"""What people ask about, when somebody is there to answer, and what counselors write again and again."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Domain(models.Model):
    """A field of questions, such as payment; its categories are what a customer chooses from."""

    name = models.CharField(_("name"), max_length=40, unique=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_rehearsal = models.BooleanField(
        _("rehearsal"),
        default=False,
        db_default=False,
        editable=False,
        help_text=_("Made to try the platform: not offered to customers, and not in the figures."),
    )

    class Meta:
        verbose_name = _("domain")
        verbose_name_plural = _("domains")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class CategoryQuerySet(models.QuerySet["Category"]):
    def of_the_house(self) -> CategoryQuerySet:
        """Leave out those that only rehearsals ask about."""
        return self.filter(domain__is_rehearsal=False)


class Category(models.Model):
    """What a customer asks about: one line of waiting people, and one skill of counselors."""

    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, related_name="categories", verbose_name=_("domain"))
    name = models.CharField(_("name"), max_length=40)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        constraints = [models.UniqueConstraint(fields=["domain", "name"], name="counseling_category_name")]
        ordering = ["domain__position", "position", "id"]

    def __str__(self) -> str:
        return self.name


class OpeningHours(models.Model):
    """When a category, or the whole centre, is open on a day of the week, in the operator's time zone.

    A category without hours of its own has the centre's; a centre without any is always open.
    """

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    category = models.ForeignKey(
        Category,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="opening_hours",
        verbose_name=_("category"),
        help_text=_("Empty: the whole centre."),
    )
    weekday = models.PositiveSmallIntegerField(_("day"), choices=Weekday.choices)
    opens_at = models.TimeField(_("opens at"))
    closes_at = models.TimeField(_("closes at"))

    class Meta:
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        constraints = [
            models.CheckConstraint(condition=Q(opens_at__lt=F("closes_at")), name="counseling_hours_in_order")
        ]
        ordering = ["category", "weekday", "opens_at"]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens_at}-{self.closes_at}"


class WrapUpCode(models.Model):
    """How a conversation came out, as its counselor names it."""

    NONE_GIVEN = "none_given"

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=60)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("wrap-up code")
        verbose_name_plural = _("wrap-up codes")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class CannedReply(models.Model):
    """A text that counselors send again and again, found by its shortcut."""

    shortcut = models.SlugField(_("shortcut"), max_length=40)
    title = models.CharField(_("title"), max_length=80)
    content = models.TextField(_("content"), max_length=2000)
    category = models.ForeignKey(
        Category, null=True, blank=True, on_delete=models.CASCADE, related_name="+", verbose_name=_("category")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("owner"),
        help_text=_("Empty: everybody's."),
    )

    class Meta:
        verbose_name = _("canned reply")
        verbose_name_plural = _("canned replies")
        ordering = ["shortcut", "id"]

    def __str__(self) -> str:
        return self.shortcut
