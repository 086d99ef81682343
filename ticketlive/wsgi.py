"""Django alone, for a WSGI server beside the ASGI process on a busy site."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ticketlive.settings")

from apps.common.http.requests import make_django_application

application = make_django_application()
