"""Toss's own calls, `/v1/...`: authentication, idempotency, then the ledger."""

from __future__ import annotations

import asyncio
import base64
import binascii
import random
from collections import deque
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Literal

import msgspec

from apps.payments.sandbox.clock import KOREA, Clock
from apps.payments.sandbox.codes import Refusal
from apps.payments.sandbox.documents import payment_document, receipt_document, transaction_document
from apps.payments.sandbox.faults import Faults
from apps.payments.sandbox.http import Request, Response, json_response
from apps.payments.sandbox.idempotency import IdempotencyKeys
from apps.payments.sandbox.ledger import MINIMUM_AMOUNT, Ledger
from apps.payments.sandbox.receipts import Receipts
from apps.payments.sandbox.records import Payment

SECRET_KEY_PREFIXES = ("test_sk_", "test_gsk_")
MAX_TRANSACTIONS = 5000
CALLS_KEPT = 10_000
MAX_BODY_KEPT_BYTES = 4096

OrderId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_\-=]{6,64}$")]
Amount = Annotated[int, msgspec.Meta(gt=0)]
ShortText = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class ConfirmBody(msgspec.Struct, rename="camel"):
    payment_key: ShortText
    order_id: OrderId
    amount: Amount


class RefundAccountBody(msgspec.Struct, rename="camel"):
    bank: str
    account_number: Annotated[str, msgspec.Meta(max_length=20, pattern=r"^[0-9]+$")]
    holder_name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]


class CancelBody(msgspec.Struct, rename="camel"):
    cancel_reason: ShortText
    cancel_amount: int | None = None
    refundable_amount: int | None = None
    refund_receive_account: RefundAccountBody | None = None


class AccountBody(msgspec.Struct, rename="camel"):
    amount: Amount
    order_id: OrderId
    order_name: Annotated[str, msgspec.Meta(max_length=100)]
    customer_name: str
    bank: str
    valid_hours: Annotated[int, msgspec.Meta(ge=1, le=2160)] = 168


class ReceiptBody(msgspec.Struct, rename="camel"):
    amount: Amount
    order_id: OrderId
    order_name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    customer_identity_number: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{10,30}$")]
    type: Literal["소득공제", "지출증빙"]


class CancelReceiptBody(msgspec.Struct):
    amount: Amount | None = None


class Call(msgspec.Struct):
    """One call as `GET /sandbox/calls` tells it, its body where it is JSON of at most 4 KiB.

    No status: it has not been answered.
    """

    method: str
    path: str
    idempotency_key: str
    body: msgspec.Raw
    status: int | None = None
    replayed: bool = False


class ProviderApi:
    def __init__(
        self, ledger: Ledger, receipts: Receipts, keys: IdempotencyKeys, clock: Clock, *, calls_kept: int = CALLS_KEPT
    ) -> None:
        self.faults = Faults()
        self.calls: deque[Call] = deque(maxlen=calls_kept)
        self._ledger = ledger
        self._receipts = receipts
        self._keys = keys
        self._clock = clock
        self._confirming: set[str] = set()

    async def answer(self, request: Request) -> Response | None:
        """Answer a call; None where the sandbox has hung until the client went away."""
        call = self._note(request)
        if self.faults.take_hang(request.method):
            await request.disconnected()
            return None
        hang_after = self.faults.take_hang_after(request.method)
        response = await self._answer(request, call)
        if hang_after:
            await request.disconnected()
            return None
        call.status = response.status
        return _traced(response)

    async def _answer(self, request: Request, call: Call) -> Response:
        try:
            _authenticate(request.header("authorization"))
            scope = self._keys.scope_of(request)
            if scope is None:
                return await self._act(request)
            remembered = self._keys.begin(scope)
        except Refusal as refusal:
            return _refusal(refusal, request)
        if remembered is not None:
            call.replayed = True
            return remembered
        response = None
        try:
            response = await self._act(request)
        finally:
            self._keys.finish(scope, response)
        return response

    async def _act(self, request: Request) -> Response:
        failure = self.faults.take_failure(request.method)
        try:
            if failure is not None:
                raise Refusal(failure[1], status=failure[0])
            forced = request.header("tosspayments-test-code")
            if forced:
                raise Refusal(forced)
            return json_response(200, await self._route(request))
        except Refusal as refusal:
            return _refusal(refusal, request)

    async def _route(self, request: Request) -> Any:
        match request.method, request.segments[1:]:
            case "POST", ("payments", "confirm"):
                payment = await self._confirm(request.json(ConfirmBody))
            case "POST", ("payments", key, "cancel"):
                await self._latency()
                payment = self._cancel(key, request.json(CancelBody))
            case "POST", ("virtual-accounts",):
                await self._latency()
                payment = self._issue_account(request.json(AccountBody))
            case "GET", ("payments", "orders", order_id):
                await self._latency()
                payment = self._ledger.by_order(order_id)
            case "GET", ("payments", key):
                await self._latency()
                payment = self._ledger.by_key(key)
            case "POST", ("cash-receipts",):
                return self._issue_receipt(request.json(ReceiptBody), request.base_url)
            case "POST", ("cash-receipts", key, "cancel"):
                receipt, taken = self._receipts.cancel(key, amount=request.json(CancelReceiptBody).amount)
                return receipt_document(receipt, amount=taken, base=request.base_url, is_cancel=True)
            case "GET", ("transactions",):
                return self._transactions(request)
            case _:
                raise Refusal("NOT_FOUND")
        return payment_document(payment, checkout_base=request.base_url)

    async def _confirm(self, body: ConfirmBody) -> Payment:
        if body.amount < MINIMUM_AMOUNT:
            raise Refusal("BELOW_MINIMUM_AMOUNT")
        if body.payment_key in self._confirming:
            raise Refusal("FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING", "[S008] 기존 요청을 처리중입니다.")
        self._confirming.add(body.payment_key)
        try:
            await self._latency()
            return self._ledger.confirm(body.payment_key, order_id=body.order_id, amount=body.amount)
        finally:
            self._confirming.discard(body.payment_key)

    def _cancel(self, key: str, body: CancelBody) -> Payment:
        return self._ledger.cancel(
            key,
            reason=body.cancel_reason,
            amount=body.cancel_amount,
            expected_balance=body.refundable_amount,
            account_number=body.refund_receive_account.account_number if body.refund_receive_account else "",
        )

    def _issue_account(self, body: AccountBody) -> Payment:
        return self._ledger.issue_account(
            order_id=body.order_id,
            order_name=body.order_name,
            amount=body.amount,
            customer_name=body.customer_name,
            bank=body.bank,
            valid_hours=body.valid_hours,
        )

    def _issue_receipt(self, body: ReceiptBody, base: str) -> dict[str, Any]:
        receipt = self._receipts.issue(
            order_id=body.order_id,
            order_name=body.order_name,
            amount=body.amount,
            kind=body.type,
            identity=body.customer_identity_number,
        )
        return receipt_document(receipt, amount=body.amount, base=base)

    def _transactions(self, request: Request) -> list[dict[str, Any]]:
        query = request.query
        try:
            start, end = (_moment(query[name]) for name in ("startDate", "endDate"))
            limit = min(int(query.get("limit", 100)), MAX_TRANSACTIONS)
        except (KeyError, ValueError) as error:
            raise Refusal("INVALID_REQUEST") from error
        after = query.get("startingAfter")
        lines = self._ledger.transactions(start=start, end=end, after=after, limit=limit)
        return [transaction_document(line) for line in lines]

    def _note(self, request: Request) -> Call:
        key = request.header("idempotency-key")
        is_kept = len(request.body) <= MAX_BODY_KEPT_BYTES and _is_json(request.body)
        body = request.body if is_kept else b"null"
        call = Call(request.method, request.path, key, msgspec.Raw(body))
        self.calls.append(call)
        return call

    async def _latency(self) -> None:
        if self.faults.latency_ms:
            await asyncio.sleep(self.faults.latency_ms / 1000)


@lru_cache(maxsize=64)
def _authenticate(authorization: str) -> None:
    """Accept any test key as the user name of Basic authentication, with an empty password.

    Raises:
        Refusal: it is something else. (What is accepted is remembered, a refusal is not.)
    """
    scheme, _, encoded = authorization.partition(" ")
    try:
        user, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Refusal("INCORRECT_BASIC_AUTH_FORMAT") from error
    if scheme.lower() != "basic" or not colon:
        raise Refusal("INCORRECT_BASIC_AUTH_FORMAT")
    if password or not user.startswith(SECRET_KEY_PREFIXES):
        raise Refusal("UNAUTHORIZED_KEY")


def _refusal(refusal: Refusal, request: Request) -> Response:
    return json_response(refusal.status, refusal.document(english=request.wants_english))


def _traced(response: Response) -> Response:
    trace = ("x-tosspayments-trace-id", f"{random.getrandbits(128):032x}")
    return Response(response.status, response.body, response.content_type, (*response.headers, trace))


def _moment(text: str) -> float:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=KOREA)).timestamp()


def _is_json(body: bytes) -> bool:
    try:
        msgspec.json.decode(body)
    except msgspec.DecodeError:
        return False
    return True
