"""Take an order's money and make tickets of it, on the event loop: `confirm_payment` for a crowd.

The steps and the rules are those of `confirm_payment`. What differs is how they are carried out: begun and completed
by joined commits, the hold extended and shown as sold by Redis' joining connection, the provider called by a kept
asynchronous client. Whatever is out of the ordinary goes to the services that know every case, in a database thread.
"""

from __future__ import annotations

import asyncio
import logging

from django.db import Error, IntegrityError
from redis.exceptions import RedisError

from apps.common.database.finished_work import forget_later
from apps.common.database.joined_commits import JoinedCommits
from apps.common.database.joined_commits import OutcomeUnknown as CommitUnknown
from apps.common.database.threads import in_database_thread
from apps.common.errors import DomainError, ServiceUnavailable
from apps.concerts.errors import LineNotReady, SeatStateNotReady, SeatsUnavailable
from apps.orders.seat_holds import store
from apps.payments.errors import PaymentUnknown
from apps.payments.gateway.port import OutcomeUnknown, ProviderPayment, Refused
from apps.payments.gateway.provider import async_provider_slot, get_async_gateway
from apps.payments.models import Payment, PaymentAttempt
from apps.payments.services.attempts import leave_unknown, refuse_attempt, withdraw_attempt
from apps.payments.services.begin_attempts import BegunAttempt, ConfirmRequest, begin_attempts
from apps.payments.services.complete_sales import CompletedSale, complete_sales
from apps.payments.services.confirm_payment import answer_attempt, check_answer, fulfil
from apps.payments.services.keep_hold import akeep_hold

logger = logging.getLogger(__name__)


beginning = JoinedCommits(begin_attempts, name="begin payments")
completing = JoinedCommits(complete_sales, name="complete sales")


async def aconfirm_payment(request: ConfirmRequest) -> CompletedSale | Payment:
    """Confirm the payment that the customer has agreed to; see `confirm_payment` for the steps and what it raises.

    Answers the sale, or for a repeat and for everything that is not a plain sale the payment, as that does.
    """
    async with async_provider_slot():
        begun = await _begin(request)
        if begun.is_new:
            sale = await _take(begun)
            if sale is not None:
                return sale
    return await in_database_thread(_answer, begun)


async def close_confirming() -> None:
    """Commit what still waits; for the end of the process."""
    await asyncio.gather(*(asyncio.to_thread(joined.close) for joined in (beginning, completing)))


async def _begin(request: ConfirmRequest) -> BegunAttempt:
    try:
        try:
            return await beginning.submit(request)
        except CommitUnknown:
            return await beginning.submit(request)  # the same request again tells what became of the first
    except CommitUnknown as unknown:
        raise ServiceUnavailable from unknown
    except IntegrityError:
        # Another process was first with the key: now it can be seen whose it is.
        return await beginning.submit(request)


async def _take(begun: BegunAttempt) -> CompletedSale | None:
    """Ask for the money once, and complete the sale; None where another step has written down what came of it."""
    await _hold(begun)
    try:
        answer = await _send_confirm(begun)
    except Refused as refusal:
        await in_database_thread(_note_refusal, begun, refusal)
        return None
    except OutcomeUnknown as unknown:
        await in_database_thread(_note_unknown, begun, unknown)
        return None
    return await _complete(begun, answer)


async def _hold(begun: BegunAttempt) -> None:
    """Keep the seats, or take the attempt back before the provider hears of it."""
    try:
        await akeep_hold(begun.order)
    except SeatsUnavailable:
        await in_database_thread(_withdraw, begun, seats_lost=True)
        raise
    except (ServiceUnavailable, SeatStateNotReady, LineNotReady, RedisError) as away:
        await in_database_thread(_withdraw, begun, seats_lost=False)
        raise ServiceUnavailable from away


async def _send_confirm(begun: BegunAttempt) -> ProviderPayment:
    request = begun.request
    answer = await get_async_gateway(begun.provider).confirm(
        request.payment_key,
        order_id=request.order_id,
        amount_krw=request.amount_krw,
        idempotency_key=begun.idempotency_key,
    )
    return check_answer(answer, payment_key=request.payment_key, order_id=request.order_id)


async def _complete(begun: BegunAttempt, answer: ProviderPayment) -> CompletedSale | None:
    """Store the sale; one that is not plain, or met another transaction, is left to the service for every case."""
    try:
        sale = await completing.submit(answer)
    except IntegrityError:
        sale = None
    except (CommitUnknown, ServiceUnavailable, Error) as error:
        # The money is taken: whether the rest was stored is found out, not guessed.
        logger.exception("order %s: the database failed after the payment", answer.order_id)
        raise PaymentUnknown(order_id=begun.order.id) from error
    if sale is None:
        await in_database_thread(fulfil, answer)
        return None
    await _finish(sale)
    return sale


async def _finish(sale: CompletedSale) -> None:
    """Show the seats as sold and let the next one in line in; what fails is repeated by the outbox's relay."""
    order = sale.body
    try:
        await store.amark_sold(order.id)
        if not sale.holds_more:
            await store.give_pass_back.arun(order.performance_id, user_id=sale.user_id, pass_id=sale.pass_id)
    except (DomainError, SeatStateNotReady, RedisError) as error:
        logger.warning("order %s is sold, and shown so later: %s", order.id, error)
        return
    forget_later(sale.work_id)


def _attempt(begun: BegunAttempt) -> PaymentAttempt:
    return PaymentAttempt.objects.get(idempotency_key=begun.idempotency_key)


def _withdraw(begun: BegunAttempt, *, seats_lost: bool) -> None:
    withdraw_attempt(_attempt(begun), seats_lost=seats_lost)


def _note_refusal(begun: BegunAttempt, refusal: Refused) -> None:
    refuse_attempt(_attempt(begun), provider_code=refusal.provider_code, message=refusal.message)


def _note_unknown(begun: BegunAttempt, unknown: OutcomeUnknown) -> None:
    leave_unknown(_attempt(begun), provider_code=unknown.provider_code)


def _answer(begun: BegunAttempt) -> Payment:
    return answer_attempt(_attempt(begun))
