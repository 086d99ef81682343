"""The plain form, mounted as ticketlive/asgi.py mounts Django."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.plain.settings"

from a2wsgi import WSGIMiddleware
from django.conf import settings
from django.core.wsgi import get_wsgi_application

application = WSGIMiddleware(get_wsgi_application(), workers=settings.WSGI_THREADS)  # type: ignore[arg-type]
