"""Django under its own ASGI handler, to compare with its WSGI handler in a2wsgi's threads."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ticketlive.settings")

application = get_asgi_application()
