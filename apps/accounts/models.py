"""Who uses the platform: accounts, their log-in sessions, and the people they book for."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.hashing import admission


class LowerCaseEmailField(models.EmailField):
    """An address that is stored and looked up in lower case, so that one person is one account."""

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return value.strip().lower() if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        return self.to_python(super().get_prep_value(value))


class Role(models.TextChoices):
    CUSTOMER = "customer", _("customer")
    COUNSELOR = "counselor", _("counselor")
    STAFF = "staff", _("staff")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create an account; without a password nobody can log in to it."""
        user = self.model(email=self.model.normalise_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create a member of staff who may do everything in the admin."""
        fields |= {"role": Role.STAFF, "is_superuser": True}
        return self.create_user(email, password, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """An account. What it may do in the API follows from `role`, in the admin from groups and permissions."""

    email = LowerCaseEmailField(_("e-mail address"), unique=True)
    nickname = models.CharField(_("nickname"), max_length=40)
    role = models.CharField(_("role"), max_length=16, choices=Role.choices, default=Role.CUSTOMER)
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Take this away instead of deleting an account: its orders stay.")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["nickname"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="accounts_user_role_known"),
            models.CheckConstraint(
                condition=models.Q(is_superuser=False) | models.Q(role=Role.STAFF),
                name="accounts_user_superusers_are_staff",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def set_password(self, raw_password: str | None) -> None:
        """As Django's, of which its own forms and back ends make use; raises ServiceUnavailable where too many hash."""
        with admission():
            super().set_password(raw_password)

    def check_password(self, raw_password: str | None) -> bool:
        """See `set_password`."""
        with admission():
            return super().check_password(raw_password)

    @property
    def is_staff(self) -> bool:
        """Whether the admin lets this account in; what it sees there is a matter of permissions."""
        return self.role == Role.STAFF

    def get_full_name(self) -> str:
        return self.nickname

    def get_short_name(self) -> str:
        return self.nickname

    @classmethod
    def normalise_email(cls, email: str) -> str:
        """Return the address as it is stored."""
        return email.strip().lower()


class SessionEnd(models.TextChoices):
    LOGGED_OUT = "logged_out", _("logged out")
    REFRESH_REUSED = "refresh_reused", _("a used refresh token came back")
    PASSWORD_CHANGED = "password_changed", _("password changed")
    ACCESS_CHANGED = "access_changed", _("role or activity changed")
    ENDED_BY_STAFF = "ended_by_staff", _("ended by staff")
    LOGGED_IN_ELSEWHERE = "logged_in_elsewhere", _("logged in in another browser")


class LoginVia(models.TextChoices):
    API = "api", _("API")
    BROWSER = "browser", _("browser")


class LoginSession(models.Model):
    """One log-in and the family of refresh tokens that descend from it.

    Its id is the claim `sid` of every token of the family; `current_jti` names the one
    refresh token that is still good. Both are changed by conditional UPDATEs only.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="login_sessions", verbose_name=_("user"))
    current_jti = models.CharField(max_length=32, editable=False)
    created_at = models.DateTimeField(_("logged in at"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used at"))
    expires_at = models.DateTimeField(
        _("expires at"), db_index=True, help_text=_("The end of its latest refresh token.")
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    end_reason = models.CharField(_("ended because"), max_length=20, choices=SessionEnd.choices, blank=True)
    ip = models.GenericIPAddressField(_("address"), null=True, blank=True)
    user_agent = models.CharField(_("browser"), max_length=255, blank=True)
    via = models.CharField(_("logged in through"), max_length=8, choices=LoginVia.choices, default=LoginVia.API)

    class Meta:
        verbose_name = _("log-in session")
        verbose_name_plural = _("log-in sessions")
        indexes = [models.Index(fields=["user", "ended_at"], name="accounts_session_user_ended")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ended_at=None, end_reason="")
                | (models.Q(ended_at__isnull=False) & ~models.Q(end_reason="")),
                name="accounts_session_end_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Booker(models.Model):
    """Somebody in whose name an account books.

    `is_default` is True or NULL, never False: NULLs do not collide in a UNIQUE constraint,
    so an account has one default booker at most (MySQL knows no partial index).
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="bookers", verbose_name=_("user"))
    name = models.CharField(_("name"), max_length=40)
    phone = models.CharField(
        _("phone"),
        max_length=20,
        validators=[RegexValidator(r"^\+?[0-9]([ -]?[0-9]){7,14}$", _("Enter a phone number, such as 010-1234-5678."))],
    )
    email = LowerCaseEmailField(_("e-mail address"))
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    is_default = models.BooleanField(_("default"), null=True, default=None, choices=[(True, _("yes")), (None, _("no"))])

    class Meta:
        verbose_name = _("booker")
        verbose_name_plural = _("bookers")
        constraints = [
            models.UniqueConstraint(fields=["user", "is_default"], name="accounts_booker_one_default"),
            models.CheckConstraint(
                condition=models.Q(is_default=True) | models.Q(is_default=None), name="accounts_booker_default_or_null"
            ),
        ]

    def __str__(self) -> str:
        return self.name
