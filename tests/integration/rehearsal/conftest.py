from tests.payment_fixtures import office, own_sandbox, running_sandbox, sandbox

__all__ = ["office", "own_sandbox", "running_sandbox", "sandbox"]
