from tests.payment_fixtures import django_office, office, own_sandbox, running_sandbox, sandbox

__all__ = ["django_office", "office", "own_sandbox", "running_sandbox", "sandbox"]
