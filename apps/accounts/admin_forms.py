"""Forms of the admin that change who may log in, and the admin's own log-in form."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.contrib.auth.forms import BaseUserCreationForm
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminPasswordWidget

from apps.accounts.client_address import client_address
from apps.accounts.models import SessionEnd, User
from apps.accounts.services.end_sessions import end_sessions_of
from apps.accounts.throttling import forget_attempts, limit_attempts
from apps.common.errors import ServiceUnavailable, TooManyRequests

if TYPE_CHECKING:
    from django.contrib.admin.forms import AdminAuthenticationForm
    from django.contrib.admin.forms import AdminPasswordChangeForm as OwnPasswordFormOfUnfold
    from django.contrib.auth.forms import AdminPasswordChangeForm
else:
    from unfold.forms import AdminOwnPasswordChangeForm as OwnPasswordFormOfUnfold
    from unfold.forms import AdminPasswordChangeForm
    from unfold.forms import AuthenticationForm as AdminAuthenticationForm


@contextmanager
def refused_in_words(form: Any) -> Iterator[None]:
    """Turn a refusal into an error of the form, which keeps it as `refusal` for whoever answers with the form."""
    try:
        yield
    except (TooManyRequests, ServiceUnavailable) as refusal:
        form.refusal = refusal
        raise ValidationError(_words(refusal), code=refusal.code) from refusal


def _words(refusal: TooManyRequests | ServiceUnavailable) -> str:
    if isinstance(refusal, TooManyRequests):
        return _("Too many attempts. Try again in %(seconds)s seconds.") % {"seconds": round(refusal.retry_after or 1)}
    return _("Many people log in at this moment. Wait a few seconds and try again.")


class UserCreationForm(BaseUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "nickname", "role")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("password1", "password2"):
            self.fields[name].widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})


class PasswordResetByStaffForm(AdminPasswordChangeForm):
    """Sets an account's password, and ends its sessions with it."""

    @transaction.atomic
    def save(self, commit: bool = True) -> User:
        user = super().save(commit=commit)
        end_sessions_of(user.pk, reason=SessionEnd.PASSWORD_CHANGED)
        return user


class OwnPasswordForm(OwnPasswordFormOfUnfold):
    """Changes the password of the one who is logged in, and ends the account's sessions with it.

    Attempts at the current one are those of the page of an account's own and of the API.
    """

    def clean_old_password(self) -> str:
        with refused_in_words(self):
            limit_attempts("change_password", address=None, account=str(self.user.pk))
            correct = super().clean_old_password()
        forget_attempts("change_password", account=str(self.user.pk))
        return str(correct)

    @transaction.atomic
    def save(self, commit: bool = True) -> User:
        user = super().save(commit=commit)
        end_sessions_of(user.pk, reason=SessionEnd.PASSWORD_CHANGED)
        return user


class AdminLogInForm(AdminAuthenticationForm):
    """Shares the attempts of an account and an address, and the places to hash in, with the API's log-in."""

    def clean(self) -> dict[str, Any]:
        email = User.normalise_email(self.cleaned_data.get("username", ""))
        address = client_address(self.request) if self.request else None
        with refused_in_words(self):
            limit_attempts("log_in", address=address, account=email)
            cleaned = super().clean()
        forget_attempts("log_in", account=email)
        return cleaned
