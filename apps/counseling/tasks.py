"""What the worker does for counseling."""

from celery import shared_task

from apps.counseling.services import rollup_kpis
from apps.counseling.services import sweep_routing as sweeping


@shared_task(name="counseling.sweep_routing")
def sweep_routing() -> None:
    """Do what is due in the lines and among the counselors."""
    sweeping.sweep_routing()


@shared_task(name="counseling.find_forgotten")
def find_forgotten() -> None:
    """Put sessions that routing has lost sight of back into their lines."""
    sweeping.find_forgotten()


@shared_task(name="counseling.end_idle_sessions")
def end_idle_sessions() -> None:
    """End conversations in which nobody says anything any more."""
    sweeping.end_idle_sessions()


@shared_task(name="counseling.refresh_kpis")
def refresh_kpis() -> None:
    """Renew the figures of the days on which something has happened."""
    rollup_kpis.refresh_kpis()
