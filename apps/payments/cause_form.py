"""The question why an order is cancelled, as forms ask it of whoever has a choice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.payments.account_form import AccountForm
from apps.payments.causes import CUSTOMER, Chooser, RefundCause, chosen


class OneTick(forms.RadioSelect):
    """The only choice besides the usual one: a box to tick."""

    input_type = "checkbox"


class CauseForm(AccountForm):
    """A cancellation by `chooser`, with the field `cause` where they have a choice."""

    chooser: ClassVar[Chooser]

    def ask_for_cause(self, causes: Sequence[RefundCause]) -> None:
        """Add the question, unless there is nothing to choose.

        Args:
            causes: what the chooser is offered (`offered_to`), the usual cause among them.
        """
        others = [cause for cause in causes if cause is not CUSTOMER]
        if not others:
            return
        asked = others if len(others) == 1 else [CUSTOMER, *others]
        self.fields["cause"] = forms.ChoiceField(
            label=gettext_lazy("Cause"),
            choices=[(cause.code, _offer(cause)) for cause in asked],
            initial=CUSTOMER.code,
            required=False,
            widget=OneTick if len(asked) == 1 else forms.RadioSelect,
        )

    @property
    def chosen_cause(self) -> RefundCause:
        """The cause of a form that was validated: the usual one where none was asked for or named."""
        return chosen(self.cleaned_data.get("cause") or CUSTOMER.code, by=self.chooser)


def _offer(cause: RefundCause) -> str:
    name = capfirst(str(cause.label))
    if not cause.waives_fee:
        return name
    return _("%(cause)s: nothing is kept, and no time limit counts") % {"cause": name}
