"""The bank account that a deposit goes back to, as its owner, or staff for them, type it."""

from __future__ import annotations

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from apps.payments.banks import BANKS
from apps.payments.gateway.port import RefundAccount

MOST_DIGITS = 20
LONGEST_HOLDER = 60


class AccountForm(forms.Form):
    """The bank account that a deposit goes back to."""

    bank = forms.ChoiceField(label=_("Bank"), choices=[("", _("Choose a bank")), *BANKS.items()])
    account_number = forms.CharField(
        label=_("Account number"),
        max_length=40,
        help_text=_("Hyphens and spaces do not matter."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    holder_name = forms.CharField(label=_("Account holder"), max_length=LONGEST_HOLDER)

    def clean_account_number(self) -> str:
        number = self.cleaned_data["account_number"].replace("-", "").replace(" ", "")
        RegexValidator(rf"^[0-9]{{1,{MOST_DIGITS}}}\Z", _("Enter the digits of the account's number."))(number)
        return str(number)

    def account(self) -> RefundAccount:
        """The account of a form that is valid."""
        return RefundAccount(**{name: self.cleaned_data[name] for name in ("bank", "account_number", "holder_name")})
