"""The forms of somebody's own pages."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Booker, User
from apps.accounts.services.sign_up import PASSWORD_MAX_LENGTH
from apps.common.errors import ValidationFailed


class BookerForm(forms.ModelForm):
    """Somebody to book for. The services write it; this only checks."""

    default = forms.BooleanField(
        required=False, label=_("Use this booker by default"), help_text=_("Filled in first when you pay.")
    )

    class Meta:
        model = Booker
        fields = ["name", "phone", "email", "birth_date", "address"]
        labels = {
            "name": _("Name"),
            "phone": _("Phone"),
            "email": _("E-mail address"),
            "birth_date": _("Birth date"),
            "address": _("Address"),
        }
        help_texts = {
            "name": _("As on the identity card that is shown at the door."),
            "phone": _("Such as 010-1234-5678."),
        }
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "phone": forms.TextInput(attrs={"autocomplete": "tel", "type": "tel", "inputmode": "tel"}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
            "birth_date": forms.DateInput(format="%Y-%m-%d", attrs={"autocomplete": "bday", "type": "date"}),
            "address": forms.TextInput(attrs={"autocomplete": "street-address"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.is_default:
            del self.fields["default"]  # another one takes over, or none

    def clean_birth_date(self) -> datetime.date | None:
        value: datetime.date | None = self.cleaned_data["birth_date"]
        if value is not None and value > timezone.localdate():
            raise forms.ValidationError(_("A birth date lies in the past."))
        return value

    @property
    def details(self) -> dict[str, Any]:
        """What was filled in, as the services take it."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class NicknameForm(forms.Form):
    nickname = forms.CharField(
        label=_("Nickname"),
        max_length=User._meta.get_field("nickname").max_length,
        help_text=_("Counselors greet you by it."),
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )


class PasswordForm(forms.Form):
    current_password = forms.CharField(
        label=_("Current password"),
        strip=False,
        max_length=PASSWORD_MAX_LENGTH,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new_password = forms.CharField(
        label=_("New password"),
        strip=False,
        max_length=PASSWORD_MAX_LENGTH,
        help_text=_("8 characters or more, not only digits, and not a common one."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


def add_refusal(form: forms.BaseForm, refusal: ValidationFailed) -> None:
    """Show what a service refused beside the fields that it named."""
    for field, texts in refusal.extras["errors"].items():
        form.add_error(field if field in form.fields else None, texts)
