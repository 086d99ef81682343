"""Confirming payments with a provider that takes its time (bench/provider.py): as many as go, and at a steady rate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from apps.accounts.services.issue_tokens import IssuedToken
from apps.orders.models import Order, Ticket
from bench.answers import WrongAnswers
from bench.calls import Call, CallFile
from bench.options import Scale
from bench.provider import DELAY_MS
from bench.stage import Draft
from bench.workload import Aim, LatencyAim, Workload

PER_SECOND = 200
PLAIN_CONFIRM = "POST /api/payments/confirm, plain DRF + ORM"
CONFIRM = "POST /api/payments/confirm"
PROVIDER = f"the provider's stand-in, {PER_SECOND} a second"
PACED_CONFIRM = f"POST /api/payments/confirm, {PER_SECOND} a second"
LEAST_PER_SECOND = 1_000
TIMES_THE_PLAIN = 8
MOST_ADDED_MS = 10
KEPT_UP = 0.95  # of the steady rate, or the latency is not that of the rate

Write = Callable[[Iterable[Call]], CallFile]


class Confirms:
    """Shares the RESERVED orders of each round out among the workloads; every order is confirmed once."""

    def __init__(self, scale: Scale, *, seats_of_an_order: int) -> None:
        self._shares = {
            PLAIN_CONFIRM: scale.plain_confirms,
            CONFIRM: scale.confirms,
            PACED_CONFIRM: scale.paced_confirms,
        }
        self._seats_of_an_order = seats_of_an_order
        self._connections = scale.confirm_connections
        self._files: dict[str, list[CallFile]] = {name: [] for name in (*self._shares, PROVIDER)}
        self._orders: dict[str, list[list[str]]] = {name: [] for name in self._shares}

    @property
    def orders(self) -> int:
        """How many orders a round needs."""
        return sum(self._shares.values())

    def add_round(self, drafts: Sequence[Draft], buyers: Sequence[IssuedToken], *, write: Write) -> None:
        """Write the calls of a round, for orders that are RESERVED, and their buyers in the same order."""
        pairs = iter(zip(drafts, buyers, strict=True))
        for name, count in self._shares.items():
            share = [next(pairs) for _ in range(count)]
            self._files[name].append(write(_confirm(draft, buyer) for draft, buyer in share))
            self._orders[name].append([draft.order_id for draft, _ in share])
            if name == PACED_CONFIRM:
                self._files[PROVIDER].append(write(_ask_provider(draft) for draft, _ in share))

    def workloads(self) -> Iterator[Workload]:
        what = f"Two seats each are paid, with a provider that takes {DELAY_MS} ms, and stored before the answer"
        yield self._workload(PLAIN_CONFIRM, "plain", what=f"{what}: as usually written")
        yield self._workload(
            CONFIRM,
            "platform",
            what=f"{what}; {self._connections} connections",
            connections=self._connections,
            aims=[Aim(LEAST_PER_SECOND), Aim(TIMES_THE_PLAIN, PLAIN_CONFIRM)],
        )
        yield Workload(
            PROVIDER,
            "provider",
            self._files[PROVIDER],
            what="What the provider takes when it is asked by the client itself",
            once=True,
            per_second=PER_SECOND,
        )
        yield self._workload(
            PACED_CONFIRM,
            "platform",
            what=f"The same at {PER_SECOND} a second: what is added to the provider's time, in the median",
            per_second=PER_SECOND,
            aims=[Aim(KEPT_UP * PER_SECOND), LatencyAim(MOST_ADDED_MS, PROVIDER)],
        )

    def _workload(self, name: str, server: str, **more: object) -> Workload:
        def check(number: int) -> None:
            check_paid(name, self._orders[name][number], seats_of_an_order=self._seats_of_an_order)

        return Workload(name, server, self._files[name], once=True, afterwards=check, **more)  # type: ignore[arg-type]


def _confirm(draft: Draft, buyer: IssuedToken) -> Call:
    return Call("POST", "/api/payments/confirm", buyer.access, body=_payment(draft))


def _ask_provider(draft: Draft) -> Call:
    """The call of the platform's to the provider, for a payment that nobody else asks for."""
    body = _payment(draft)
    return Call("POST", "/v1/payments/confirm", body=body | {"paymentKey": f"direct-{body['paymentKey']}"})


def _payment(draft: Draft) -> dict[str, object]:
    return {"paymentKey": f"bench-{draft.order_id}", "orderId": draft.order_id, "amount": draft.amount_krw}


def check_paid(name: str, order_ids: Sequence[str], *, seats_of_an_order: int) -> None:
    """Hold the database to what was answered: every order PAID, a live ticket for every seat.

    Raises:
        WrongAnswers
    """
    paid = Order.objects.filter(pk__in=order_ids, status=Order.Status.PAID).count()
    tickets = Ticket.objects.filter(order__in=order_ids, live=True).count()
    if (paid, tickets) != (len(order_ids), seats_of_an_order * len(order_ids)):
        raise WrongAnswers(f"{name}: of {len(order_ids)} orders {paid} are PAID, with {tickets} tickets")
