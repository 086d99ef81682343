"""Where the browser gets the provider's payment window from, and what of the page's policy it needs for that."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

TOSS = "tosspayments.com"
TOSS_SCRIPT = "https://js.tosspayments.com/v2/standard"  # Toss demands that it comes from there
SANDBOX_SCRIPT = "/v2/standard"
TEST_KEYS = ("test_ck_", "test_gck_")


@dataclass(frozen=True, slots=True)
class PaymentWindow:
    """The provider's browser script and the public key it is opened with.

    `policy` is what a Content Security Policy has to add, by directive.
    `is_sandbox` and `is_test`: no money moves, because the provider is our own, or because of the key.
    """

    script_url: str
    client_key: str
    policy: dict[str, list[str]]
    is_sandbox: bool
    is_test: bool


def payment_window() -> PaymentWindow:
    """Return the window of the provider that takes the money: a key is known to no other."""
    host = urlsplit(settings.TOSS_API_BASE).hostname or ""
    is_toss = host == TOSS or host.endswith(f".{TOSS}")
    if is_toss:
        everywhere = f"https://*.{TOSS}"
        script_url = TOSS_SCRIPT
        policy = {
            "script-src": ["https://js.tosspayments.com"],
            "connect-src": [everywhere],
            "frame-src": [everywhere, "https://*.toss.im"],
            "img-src": [everywhere, "https://static.toss.im"],
            "form-action": [everywhere],
        }
    else:
        script_url = settings.TOSS_API_BASE.rstrip("/") + SANDBOX_SCRIPT
        policy = {"script-src": [_origin(settings.TOSS_API_BASE)]}
    return PaymentWindow(
        script_url=script_url,
        client_key=settings.TOSS_CLIENT_KEY,
        policy=policy,
        is_sandbox=not is_toss,
        is_test=settings.TOSS_CLIENT_KEY.startswith(TEST_KEYS),
    )


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
