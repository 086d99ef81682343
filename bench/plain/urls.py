"""The site's own addresses, of which some are answered in the plain form.

All that the site's settings, templates and middleware name is there with them, whatever they come to name.
"""

from django.urls import path

from bench.plain.confirm import Confirm
from bench.plain.views import PlaceOrder
from ticketlive.urls import urlpatterns as addresses_of_the_site

urlpatterns = [
    path("api/orders", PlaceOrder.as_view()),
    path("api/payments/confirm", Confirm.as_view()),
    *addresses_of_the_site,
]
