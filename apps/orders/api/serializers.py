"""The representation of an order that every answer uses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.common.fastlane import MAX_ID
from apps.concerts.api.serializers import MoveSerializer
from apps.concerts.models import Performance
from apps.orders.models import Delivery, Order, OrderLine, Ticket
from apps.orders.services.free_returns import longest_free_return


class TicketSerializer(serializers.ModelSerializer[Ticket]):
    class Meta:
        model = Ticket
        fields = ["code", "status", "issued_at", "cancelled_at"]


class OrderLineSerializer(serializers.ModelSerializer[OrderLine]):
    id = serializers.IntegerField(source="number", help_text="1 and up within the order; `line_ids` names lines by it")
    section = serializers.CharField(source="seat.section.name")
    row = serializers.CharField(source="seat.row")
    number = serializers.IntegerField(source="seat.number")
    grade = serializers.CharField(source="grade_name")
    price = serializers.IntegerField(source="price_krw", help_text="KRW")

    class Meta:
        model = OrderLine
        fields = ["id", "seat_id", "section", "row", "number", "grade", "price"]


class OrderTicketSerializer(TicketSerializer):
    """A ticket within its order: it names its line and its seat."""

    line_id = serializers.IntegerField(source="line.number")
    seat_id = serializers.IntegerField()
    free_return_until = serializers.DateTimeField(
        allow_null=True, help_text="of a valid ticket whose show was moved: until when it is returned free of charge"
    )

    class Meta(TicketSerializer.Meta):
        fields = ["line_id", "seat_id", *TicketSerializer.Meta.fields, "free_return_until"]


class OrderBookerSerializer(serializers.Serializer[Any]):
    """Who the tickets are for, as the profile had it when it was chosen."""

    name = serializers.CharField(source="booker_name")
    phone = serializers.CharField(source="booker_phone")
    email = serializers.CharField(source="booker_email")


class OrderDetailsSerializer(serializers.Serializer[Any]):
    """What may be chosen while an order is RESERVED; what is not named stays as it is."""

    booker_id = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=MAX_ID, help_text="a booker profile of yours, or null"
    )
    delivery = serializers.ChoiceField(choices=Delivery.choices, required=False)


class OrderSerializer(serializers.ModelSerializer[Order]):
    performance_id = serializers.IntegerField()
    performance_status = serializers.ChoiceField(Performance.Status.choices, source="performance.status")
    concert_title = serializers.CharField(source="performance.concert.title")
    venue_name = serializers.CharField(source="performance.venue.name")
    starts_at = serializers.DateTimeField(source="performance.starts_at")
    amount = serializers.IntegerField(source="amount_krw", help_text="KRW")
    lines = OrderLineSerializer(many=True)
    tickets = serializers.SerializerMethodField()
    booker = serializers.SerializerMethodField()
    moved_at = serializers.DateTimeField(
        source="performance.moved_at",
        allow_null=True,
        help_text="when the show got its present date and hall by a move; null where it was never moved",
    )
    moves = MoveSerializer(source="performance.moves_done", many=True, help_text="of the show, the newest first")
    free_return_until = serializers.SerializerMethodField()

    class Meta:
        model = Order
        fields = [
            "id", "status", "performance_id", "performance_status", "concert_title", "venue_name", "starts_at",
            "amount", "lines", "tickets", "booker_id", "booker", "delivery", "created_at", "expires_at", "paid_at",
            "cancelled_at", "moved_at", "moves", "free_return_until",
        ]  # fmt: skip

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_free_return_until(self, order: Order) -> str | None:
        """A move followed the order: its tickets are returned without a fee until then; it may be over."""
        until = _free_return_until(order)
        return None if until is None else serializers.DateTimeField().to_representation(until)

    @extend_schema_field(OrderBookerSerializer(allow_null=True))
    def get_booker(self, order: Order) -> Any:
        return OrderBookerSerializer(order).data if order.booker_name else None

    @extend_schema_field(OrderTicketSerializer(many=True))
    def get_tickets(self, order: Order) -> Any:
        """The newest ticket of each line: a line has an older, dead one only if its deposit was taken back."""
        newest = []
        until = _free_return_until(order)
        for line in order.lines.all():
            tickets = list(line.tickets.all())
            if tickets:
                tickets[0].line = line
                tickets[0].free_return_until = until if tickets[0].live else None  # type: ignore[attr-defined]
                newest.append(tickets[0])
        return OrderTicketSerializer(newest, many=True).data


def _free_return_until(order: Order) -> datetime | None:
    show = order.performance
    return longest_free_return(show.moves_done, starts_at=show.starts_at, ordered_at=order.created_at)
