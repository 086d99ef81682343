from celery import shared_task

from apps.accounts.services.purge_login_sessions import purge_login_sessions


@shared_task(name="accounts.purge_login_sessions")
def purge_login_sessions_task() -> None:
    """Forget where people logged in from long ago."""
    purge_login_sessions()
