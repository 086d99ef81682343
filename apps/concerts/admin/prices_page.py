"""A performance's prices: its grades, and in the hall's drawing which section is sold at which."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.admin.base import log_act, refusal_text
from apps.common.admin.pages import StaffPage, staff_page
from apps.common.errors import DomainError
from apps.concerts.admin.forms import PricesForm, format_prices
from apps.concerts.admin.hall_drawing import drawing_of_venue
from apps.concerts.admin.performance_pages import PATH, PerformancePage
from apps.concerts.models import Performance, Venue
from apps.concerts.services.set_prices import set_prices


@staff_page
class VenueDrawingPage(StaffPage):
    """A hall for the drawings of the admin, see `hall_drawing`."""

    path = "concerts/venue/<int:venue_id>/drawing/"
    name = "concerts_venue_drawing"
    permissions = ("concerts.view_venue",)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return JsonResponse(drawing_of_venue(get_object_or_404(Venue, pk=kwargs["venue_id"])))


@staff_page
class PricesPage(PerformancePage):
    """Grades and sections in one form; its script draws them, the text that it posts is the form's own."""

    path = f"{PATH}prices/"
    name = "concerts_performance_prices"
    title = gettext_lazy("Prices")
    template_name = "admin/concerts/performance/prices.html"
    tab = "prices"

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        self.require_change(request)
        form = PricesForm(request.POST, performance=self.performance)
        if not form.is_valid() or not self._save(form):
            return self.render_to_response(self.get_context_data(form=form))
        log_act(request, self.performance, "Changed the prices.")
        messages.success(request, _("The prices are in force."))
        return HttpResponseRedirect(reverse("admin:concerts_performance_prices", args=[self.performance.pk]))

    def _save(self, form: PricesForm) -> bool:
        """Set the prices, unless somebody has set others since the form was drawn, or they may not be changed now."""
        try:
            return self._set(form)
        except DomainError as refusal:
            form.add_error(None, refusal_text(refusal))
            return False

    def _set(self, form: PricesForm) -> bool:
        with transaction.atomic():
            performance = Performance.objects.select_for_update().select_related("venue").get(pk=self.performance.pk)
            if performance.catalogue_version != form.cleaned_data["version"]:
                form.add_error(
                    None,
                    forms.ValidationError(_("Somebody else has changed the prices meanwhile. Load the page anew.")),
                )
                return False
            set_prices(performance, form.cleaned_data["prices"])
        return True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        initial = {"prices": format_prices(self.performance), "version": self.performance.catalogue_version}
        kwargs.setdefault("form", PricesForm(performance=self.performance, initial=initial))
        return super().get_context_data(
            drawing_address=reverse("admin:concerts_venue_drawing", args=[self.performance.venue_id]), **kwargs
        )
