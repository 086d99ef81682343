"""The bank account that a deposit goes back to, as its owner, or staff for them, type it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from apps.payments.gateway.port import RefundAccount
from apps.payments.gateway.registry import texts_of

MOST_DIGITS = 20
LONGEST_HOLDER = 60


class AccountForm(forms.Form):
    """The bank account that a deposit goes back to; `provider` is who took it, and has the banks' codes."""

    bank = forms.ChoiceField(label=_("Bank"))
    account_number = forms.CharField(
        label=_("Account number"),
        max_length=40,
        help_text=_("Hyphens and spaces do not matter."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    holder_name = forms.CharField(label=_("Account holder"), max_length=LONGEST_HOLDER)

    def __init__(self, *args: Any, provider: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["bank"].choices = [("", _("Choose a bank")), *texts_of(provider).banks.items()]  # type: ignore[attr-defined]

    def clean_account_number(self) -> str:
        number = self.cleaned_data["account_number"].replace("-", "").replace(" ", "")
        RegexValidator(rf"^[0-9]{{1,{MOST_DIGITS}}}\Z", _("Enter the digits of the account's number."))(number)
        return str(number)

    def account(self) -> RefundAccount:
        """The account of a form that is valid."""
        return RefundAccount(**{name: self.cleaned_data[name] for name in ("bank", "account_number", "holder_name")})
