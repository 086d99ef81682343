"""What the buyer decides before the payment window opens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import fields_for_model
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.accounts.models import Booker
from apps.orders.models import Delivery
from apps.payments.gateway.texts import PaymentMethod

NEW = "new"
BOOKER_FIELDS = ("name", "phone", "email")
AGREE_FIRST = {"required": _("Agree to this first; without it we cannot sell you tickets.")}
LABELS = {"name": _("Name"), "phone": _("Phone"), "email": _("E-mail address")}
AUTOCOMPLETE = {"name": "name", "phone": "tel", "email": "email"}


class CheckoutForm(forms.Form):
    """Who comes, how the tickets are handed over, how it is paid, and what is agreed to.

    `booker` is a profile's id, or NEW with name, phone and email filled in.
    """

    booker = forms.ChoiceField(label=_("Booker"), widget=forms.RadioSelect)
    delivery = forms.ChoiceField(label=_("Ticket delivery"), choices=Delivery.choices, widget=forms.RadioSelect)
    method = forms.ChoiceField(label=_("Payment method"), widget=forms.RadioSelect)
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
        self.fields["method"].choices = [(method.code, method.label) for method in methods]  # type: ignore[attr-defined]

    @property
    def is_new_booker(self) -> bool:
        return bool(self.cleaned_data.get("booker") == NEW)

    def clean(self) -> dict[str, Any]:
        """Hold a new booker to what the profile itself demands."""
        data = super().clean() or {}
        if self.is_new_booker:
            booker = Booker(**{name: data.get(name, "") for name in BOOKER_FIELDS})
            others = {field.name for field in Booker._meta.fields} - set(BOOKER_FIELDS)
            try:
                booker.clean_fields(exclude=others | set(self.errors))
            except ValidationError as error:
                self.add_error(None, error)
        return data
