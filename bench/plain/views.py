from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.authentication import caller
from apps.common.errors import NotFound, ValidationFailed
from apps.concerts.errors import NotOnSale, SeatsUnavailable
from apps.concerts.models import BlockedSeat, Performance, Seat, SectionGrade
from apps.concerts.waiting_room.permission import require_access_pass
from apps.orders.errors import SeatLimitExceeded, TooManyOrders
from apps.orders.models import Order, OrderLine
from apps.orders.order_ids import new_order_id
from apps.orders.seat_holds.store import DRAFTS_AT_ONCE
from apps.orders.states import HOLDING, OrderStatus
from bench.plain.serializers import NewOrderSerializer, OrderSerializer


class PlaceOrder(APIView):
    def post(self, request: Request) -> Response:
        serializer = NewOrderSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        wanted, user_id = serializer.validated_data, caller(request).id
        require_access_pass(wanted["performance_id"], user_id)
        with transaction.atomic():
            order = place_order(user_id, **wanted)
        return Response(OrderSerializer(order).data, status=201)


def place_order(user_id: int, *, performance_id: int, seat_ids: list[int]) -> Order:
    """Check the sale, lock the seats, check them, and store the order with its lines."""
    now = timezone.now()
    performance = Performance.objects.filter(pk=performance_id).first()
    if performance is None:
        raise NotFound
    if not performance.sale_opens_at <= now < performance.sale_closes_at:
        raise NotOnSale
    seats = list(Seat.objects.select_for_update().filter(pk__in=seat_ids, venue=performance.venue_id).order_by("pk"))
    if len(seats) != len(seat_ids):
        raise ValidationFailed(errors={"seat_ids": ["Not for sale in this performance."]})
    refuse_too_many(user_id, performance, len(seats))
    refuse_taken(performance, seat_ids)

    sections = {seat.section_id for seat in seats}
    section_grades = SectionGrade.objects.filter(performance=performance, section__in=sections).select_related("grade")
    grades = {section_grade.section_id: section_grade.grade for section_grade in section_grades}
    order = Order.objects.create(
        id=new_order_id(performance.pk),
        user_id=user_id,
        performance=performance,
        amount_krw=sum(grades[seat.section_id].price_krw for seat in seats),
        created_at=now,
        expires_at=now + timedelta(seconds=settings.ORDER_PENDING_SECONDS),
    )
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            number=number,
            seat=seat,
            grade_name=grades[seat.section_id].name,
            price_krw=grades[seat.section_id].price_krw,
        )
        for number, seat in enumerate(seats, start=1)
    )
    return Order.objects.prefetch_related("lines__seat__section").get(pk=order.pk)


def refuse_too_many(user_id: int, performance: Performance, seats: int) -> None:
    """Count what the buyer has of this performance, and the drafts that wait."""
    own = Order.objects.filter(user=user_id, performance=performance)
    counts = own.aggregate(
        seats=Count("lines", filter=Q(status__in=HOLDING) | Q(lines__tickets__live=True), distinct=True),
        drafts=Count("pk", filter=Q(status=OrderStatus.PENDING, expires_at__gt=timezone.now()), distinct=True),
    )
    if counts["seats"] + seats > performance.limit_per_person:
        raise SeatLimitExceeded(limit=performance.limit_per_person, already=counts["seats"])
    if counts["drafts"] >= DRAFTS_AT_ONCE:
        raise TooManyOrders


def refuse_taken(performance: Performance, seat_ids: list[int]) -> None:
    """Refuse seats that are held, sold or blocked."""
    held = OrderLine.objects.filter(
        Q(order__status__in=HOLDING) | Q(tickets__live=True), seat__in=seat_ids, order__performance=performance
    )
    blocked = BlockedSeat.objects.filter(performance=performance, seat__in=seat_ids)
    taken = {*held.values_list("seat_id", flat=True), *blocked.values_list("seat_id", flat=True)}
    if taken:
        raise SeatsUnavailable(seat_ids=sorted(taken))
