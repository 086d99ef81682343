"""What the buyer says when cancelling: which seats, that the fee is agreed to, and where a deposit goes back to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.payments.account_form import AccountForm
from apps.payments.cause_form import CauseForm
from apps.payments.causes import Chooser, offered_to
from apps.payments.order_story import OrderSeat


class CancelForm(CauseForm):
    """The seats to give back; `agreed_refund` is what the page has shown for them, in won."""

    chooser = Chooser.CUSTOMER

    line = forms.TypedMultipleChoiceField(
        label=_("Tickets"), coerce=int, error_messages={"required": _("Choose at least one ticket.")}
    )
    agreed_refund = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    agree = forms.BooleanField(
        label=_("I agree to the fee and know that this cannot be undone."),
        error_messages={"required": _("Agree to the fee first.")},
    )

    def __init__(self, *args: Any, seats: list[OrderSeat], needs_account: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["line"].choices = [(seat.line.number, str(seat.line.number)) for seat in seats]  # type: ignore[attr-defined]
        self.ask_for_cause(offered_to(self.chooser))
        if not needs_account:
            for name in AccountForm.base_fields:
                del self.fields[name]

    @property
    def account_fields(self) -> list[forms.BoundField]:
        """Return the fields of the bank account, where one is needed."""
        return [self[name] for name in AccountForm.base_fields if name in self.fields]
