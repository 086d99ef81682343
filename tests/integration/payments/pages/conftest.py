from tests.payment_fixtures import office, running_sandbox, sandbox

__all__ = ["office", "running_sandbox", "sandbox"]
