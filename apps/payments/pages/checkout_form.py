"""What the buyer decides before the payment window opens."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import fields_for_model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.accounts.models import Booker
from apps.orders.models import Delivery
from apps.payments.gateway.port import ReceiptKind
from apps.payments.gateway.texts import PaymentMethod

NEW = "new"
BOOKER_FIELDS = ("name", "phone", "email")
AGREE_FIRST = {"required": _("Agree to this first; without it we cannot sell you tickets.")}
LABELS = {"name": _("Name"), "phone": _("Phone"), "email": _("E-mail address")}
AUTOCOMPLETE = {"name": "name", "phone": "tel", "email": "email"}


RECEIPTS = [
    ("", _("No cash receipt")),
    (ReceiptKind.INCOME_DEDUCTION.value, _("For my income deduction")),
    (ReceiptKind.BUSINESS_PROOF.value, _("As proof of a business expense")),
]
IDENTITIES: dict[ReceiptKind, tuple[str, str, Promise]] = {
    ReceiptKind.INCOME_DEDUCTION: (
        "receipt_phone", r"01[0-9]{8,9}", _("Enter the digits of a Korean mobile phone number."),
    ),
    ReceiptKind.BUSINESS_PROOF: ("receipt_business", r"[0-9]{10}", _("Enter the ten digits of the business number.")),
}  # fmt: skip
"""The field with the number that a receipt is issued to, how its digits look, and what to say of others."""


class CheckoutForm(forms.Form):
    """Who comes, how the tickets are handed over, how it is paid, and what is agreed to.

    `booker` is a profile's id, or NEW with name, phone and email filled in.
    """

    booker = forms.ChoiceField(label=_("Booker"), widget=forms.RadioSelect)
    delivery = forms.ChoiceField(label=_("Ticket delivery"), choices=Delivery.choices, widget=forms.RadioSelect)
    method = forms.ChoiceField(label=_("Payment method"), widget=forms.RadioSelect)
    receipt = forms.ChoiceField(label=_("Cash receipt"), required=False, widget=forms.RadioSelect)
    receipt_phone = forms.CharField(label=_("Phone number for the receipt"), max_length=20, required=False)
    receipt_business = forms.CharField(label=_("Business number"), max_length=14, required=False)
    agree_fees = forms.BooleanField(
        label=_("I have read the cancellation policy and agree to its fees."), error_messages=AGREE_FIRST
    )
    agree_data = forms.BooleanField(
        label=_("The organiser and the venue may use the booker's name and phone number for admission."),
        error_messages=AGREE_FIRST,
    )

    def __init__(self, *args: Any, bookers: list[Booker], methods: Sequence[PaymentMethod], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        profiles = [(str(booker.pk), booker.name) for booker in bookers]
        self.fields["booker"].choices = [*profiles, (NEW, pgettext_lazy("booker", "Somebody else"))]  # type: ignore[attr-defined]
        if not self.is_bound or self.data.get("booker") == NEW:
            for name, field in fields_for_model(Booker, BOOKER_FIELDS).items():
                field.label = LABELS[name]
                field.widget.attrs |= {"autocomplete": AUTOCOMPLETE[name]}
                self.fields[name] = field
        self._with_receipt = {method.code for method in methods if method.has_receipt}
        self.fields["receipt"].choices = RECEIPTS if self._with_receipt else RECEIPTS[:1]  # type: ignore[attr-defined]
        self.fields["method"].choices = [(method.code, method.label) for method in methods]  # type: ignore[attr-defined]

    @property
    def offers_receipts(self) -> bool:
        """Whether a method is offered of which there may be a cash receipt."""
        return bool(self._with_receipt)

    @property
    def receipt_methods(self) -> str:
        """The codes of these methods, for the page's script."""
        return " ".join(sorted(self._with_receipt))

    @property
    def receipt_kind(self) -> ReceiptKind | None:
        """What a valid form asks for; nothing where the method has no cash receipts."""
        kind = self.cleaned_data.get("receipt") or ""
        return ReceiptKind(kind) if kind and self.cleaned_data.get("method") in self._with_receipt else None

    @property
    def receipt_identity(self) -> str:
        """The digits of the number that the receipt is issued to."""
        kind = self.receipt_kind
        return _digits(self.cleaned_data.get(IDENTITIES[kind][0])) if kind else ""

    @property
    def is_new_booker(self) -> bool:
        return bool(self.cleaned_data.get("booker") == NEW)

    def clean(self) -> dict[str, Any]:
        """Hold a new booker to what the profile itself demands."""
        data = super().clean() or {}
        self._check_receipt()
        if self.is_new_booker:
            booker = Booker(**{name: data.get(name, "") for name in BOOKER_FIELDS})
            others = {field.name for field in Booker._meta.fields} - set(BOOKER_FIELDS)
            try:
                booker.clean_fields(exclude=others | set(self.errors))
            except ValidationError as error:
                self.add_error(None, error)
        return data

    def _check_receipt(self) -> None:
        kind = self.receipt_kind
        if kind is None:
            return
        name, pattern, words = IDENTITIES[kind]
        if not re.fullmatch(pattern, self.receipt_identity):
            self.add_error(name, str(words))


def _digits(typed: str | None) -> str:
    return re.sub(r"[\s-]", "", typed or "")
