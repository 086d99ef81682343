"""Django alone, for a WSGI server beside the ASGI process on a busy site."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ticketlive.settings")

application = get_wsgi_application()
