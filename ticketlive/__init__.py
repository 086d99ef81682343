"""The composition root: imports every app and is imported by none."""

from ticketlive.celery import app as celery_app

__all__ = ["celery_app"]
