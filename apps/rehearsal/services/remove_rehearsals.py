"""Remove what rehearsals have made, and nothing else: rows, their keys in Redis, and the accounts of the crowd."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import Model, ProtectedError, Q, QuerySet

from apps.accounts.models import User
from apps.accounts.rehearsals import is_rehearsals
from apps.common.clock import database_now
from apps.common.database.transactions import in_transaction, retried_transaction
from apps.common.redis import sync_redis, translate_errors
from apps.concerts.models import Concert, Performance, Venue
from apps.concerts.services.change_performance import change_performance
from apps.orders.models import Order
from apps.orders.states import OrderStatus
from apps.rehearsal.services import batches
from apps.rehearsal.services.batches import Counts, each_batch, forget_promises
from apps.rehearsal.services.delete_whole import delete_whole
from apps.rehearsal.services.remove_counseling import remove_counseling

HALL_NAMES = ("리허설 홀 ", "예매 리허설 홀 ")
"""What the names of halls begin with that rehearsals build."""

KEYS_AT_ONCE = 1_000
MONEY_ON_ITS_WAY = (OrderStatus.CONFIRMING, OrderStatus.WAITING_FOR_DEPOSIT)


class StillPlayed(Exception):
    """A rehearsal is under way; the text says which, and why."""


@dataclass(slots=True)
class Removed:
    """`rows` by the label of their model; accounts that somebody else's rows speak of are kept."""

    rows: Counts = field(default_factory=Counter)
    redis_keys: int = 0
    accounts_kept: int = 0


Progress = Callable[[Removed], None]


def remove_rehearsals(*, force: bool = False, progress: Progress = lambda removed: None) -> Removed:
    """Remove every rehearsal, batch by batch; a run that was interrupted is gone on with by the next one.

    1. Refuse while a rehearsal is on sale or its money is on its way; with `force`, close its sale instead.
    2. Orders and all that hangs on them: lines, tickets, payments, refunds, events, messages, acts of staff.
    3. Conversations and inquiries of the crowd, the desk that was there for them and its counselors.
    4. Performances with their line, prices and marks, and then their keys in Redis, which nothing makes anew.
    5. Halls that rehearsals have built, and the rehearsals' concerts.
    6. The crowd's accounts with their log-ins, but those that have to do with the house, such as a bought ticket.

    Removes what is owned by a rehearsal (`Concert.is_rehearsal`) or by its crowd (`apps.accounts.rehearsals`); an order
    of a house's performance stays, whoever placed it. The provider keeps its books: payments of rehearsals are in its
    journal for good, and `reconcile_journal` names them as unknown on the day after.

    Args:
        progress: is told, after each batch, what has been removed so far.

    Raises:
        StillPlayed
        ServiceUnavailable: Redis is away, of whose keys nobody would know afterwards. Nothing has changed.
    """
    with translate_errors():
        sync_redis().ping()
    _refuse_or_close(force=force)
    removed = Removed()
    for counts in _all_batches(removed):
        removed.rows += counts
        progress(removed)
    return removed


def _all_batches(removed: Removed) -> Iterator[Counts]:
    """Remove batch after batch, in the order of `remove_rehearsals`."""
    yield from each_batch(Order.objects.filter(performance__concert__is_rehearsal=True), _remove_orders)
    yield from remove_counseling()
    for performance_id in list(_performances().values_list("pk", flat=True)):
        yield _remove_performance(performance_id, removed)
    built = Q()
    for name in HALL_NAMES:
        built |= Q(name__startswith=name)
    for venue_id in list(Venue.objects.filter(built, performances=None).values_list("pk", flat=True)):
        yield delete_whole(Venue, [venue_id])
    concerts = Concert.objects.filter(is_rehearsal=True, performances=None)
    yield delete_whole(Concert, list(concerts.values_list("pk", flat=True)))
    yield from _remove_accounts(removed)


def _performances() -> QuerySet[Performance]:
    return Performance.objects.filter(concert__is_rehearsal=True).order_by("pk")


def _refuse_or_close(*, force: bool) -> None:
    now = database_now()
    on_sale = _performances().filter(status=Performance.Status.SCHEDULED, sale_closes_at__gt=now)
    paying = Order.objects.filter(performance__concert__is_rehearsal=True, status__in=MONEY_ON_ITS_WAY)
    if not force:
        if open_ids := list(on_sale.values_list("pk", flat=True)):
            raise StillPlayed(f"on sale until their time is over, or forced: performances {_named(open_ids)}")
        if paying_ids := list(paying.order_by("pk").values_list("pk", flat=True)):
            raise StillPlayed(f"payments are under way, of orders {_named(paying_ids)}")
    for performance in on_sale:
        opens_at = min(performance.sale_opens_at, now - timedelta(seconds=1))
        change_performance(performance.pk, sale_opens_at=opens_at, sale_closes_at=now)


_NAMED = 10


def _named(pks: Sequence[Any]) -> str:
    more = f" and {len(pks) - _NAMED} more" if len(pks) > _NAMED else ""
    return ", ".join(map(str, pks[:_NAMED])) + more


@retried_transaction
def _remove_orders(order_ids: list[str]) -> Counts:
    return forget_promises("order_id", order_ids) + delete_whole(Order, order_ids)


def _remove_performance(performance_id: int, removed: Removed) -> Counts:
    """Rows first: without them no tick and no look at the seats writes the keys again."""

    def remove() -> Counts:
        return forget_promises("performance_id", [performance_id]) + delete_whole(Performance, [performance_id])

    counts = in_transaction(remove)
    with translate_errors():
        removed.redis_keys += _remove_keys(performance_id)
    return counts


def _remove_keys(performance_id: int) -> int:
    """Remove all keys of a performance's line and seats, which share its hash tag."""
    client = sync_redis()
    count = 0
    keys: list[bytes] = []
    for key in client.scan_iter(match=f"*{{performance:{performance_id}}}*", count=KEYS_AT_ONCE):
        keys.append(key)
        if len(keys) == KEYS_AT_ONCE:
            count += int(client.unlink(*keys))
            keys.clear()
    return count + (int(client.unlink(*keys)) if keys else 0)


def _remove_accounts(removed: Removed) -> Iterator[Counts]:
    crowd = User.objects.filter(is_rehearsals()).order_by("pk")
    last = 0
    while pks := list(crowd.filter(pk__gt=last).values_list("pk", flat=True)[: batches.BATCH]):
        last = pks[-1]
        try:
            yield _delete_unless_protected(User, pks)
        except ProtectedError:
            for pk in pks:
                try:
                    yield _delete_unless_protected(User, [pk])
                except ProtectedError:
                    removed.accounts_kept += 1


def _delete_unless_protected(model: type[Model], pks: list[Any]) -> Counts:
    return Counter(model._default_manager.filter(pk__in=pks).delete()[1])
