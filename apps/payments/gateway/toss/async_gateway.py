"""Toss's confirmation from the event loop: the same requests and answers as `TossGateway`, on kept connections."""

from __future__ import annotations

import base64
import logging
from http import HTTPStatus
from typing import Any

import aiohttp
import msgspec

from apps.payments.gateway.port import OutcomeUnknown, ProviderPayment
from apps.payments.gateway.toss import documents
from apps.payments.gateway.toss.errors import TRACE_HEADER, error_of

CONFIRM = "/v1/payments/confirm"
KEPT_SECONDS = 4.0  # shorter than servers keep an idle connection, so a request rarely meets one that is being closed

logger = logging.getLogger(__name__)


class AsyncTossGateway:
    """Speak to Toss with one secret key, from one event loop: make it there, and close it there.

    Args:
        api_base: `https://api.tosspayments.com`, or the sandbox's address.
        secret_key: the shop's secret key; its calls carry it as the user name of Basic authentication.
        connect_timeout_seconds: how long to wait for a connection, and for a free one.
        read_timeout_seconds: how long to wait for an answer; after it the outcome is unknown.
        connections: how many there are at most; who calls has a slot of as many already.
    """

    def __init__(
        self,
        api_base: str,
        *,
        secret_key: str,
        connect_timeout_seconds: float,
        read_timeout_seconds: float,
        connections: int,
    ) -> None:
        self._confirm_url = api_base.rstrip("/") + CONFIRM
        credentials = base64.b64encode(f"{secret_key}:".encode()).decode()
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=connections, keepalive_timeout=KEPT_SECONDS),
            headers={
                "Authorization": f"Basic {credentials}",
                "Accept": "application/json",
                "Content-Type": "application/json",
            },
            timeout=aiohttp.ClientTimeout(
                total=None,
                connect=connect_timeout_seconds,
                sock_connect=connect_timeout_seconds,
                sock_read=read_timeout_seconds,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def confirm(
        self, payment_key: str, *, order_id: str, amount_krw: int, idempotency_key: str
    ) -> ProviderPayment:
        body = documents.confirmation(payment_key, order_id=order_id, amount_krw=amount_krw)
        return documents.payment(await self._post(self._confirm_url, body, idempotency_key=idempotency_key))

    async def aclose(self) -> None:
        await self._session.close()

    async def _post(self, url: str, body: dict[str, Any], *, idempotency_key: str) -> Any:
        """Send one request, once, and return the document of a 200."""
        headers = {"Idempotency-Key": idempotency_key}
        try:
            async with self._session.post(
                url, data=msgspec.json.encode(body), headers=headers, allow_redirects=False
            ) as response:
                content = await response.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            # Nothing was sent this time, but an earlier request under the same key may have been.
            raise OutcomeUnknown("NO_CONNECTION", str(error)) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            logger.warning("toss POST %s: %s", CONFIRM, type(error).__name__)
            raise OutcomeUnknown("NO_ANSWER", type(error).__name__) from error
        document = documents.decode(content)
        if response.status == HTTPStatus.OK and document is not None:
            return document
        raise error_of(f"POST {CONFIRM}", response.status, document, trace=response.headers.get(TRACE_HEADER))
