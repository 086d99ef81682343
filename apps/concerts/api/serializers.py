"""The catalogue as clients see it. Prices are in won, times in ISO 8601 with an offset."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.concerts.models import (
    CancellationPolicy,
    CancellationTier,
    Concert,
    Genre,
    Grade,
    Performance,
    PerformanceMove,
    SaleStatus,
    Venue,
    WaitingRoomMode,
)
from apps.concerts.selectors import ORDERINGS, concert_sale_status


class CatalogueQuery(serializers.Serializer[Any]):
    """The query string of the catalogue."""

    search = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=100, help_text="Words in title, organiser or venue."
    )
    category = serializers.ChoiceField(Genre.choices, required=False, default="", allow_blank=True)
    status = serializers.ChoiceField(SaleStatus.choices, required=False, default="", allow_blank=True)
    ordering = serializers.ChoiceField(
        [sign + name for name in ORDERINGS for sign in ("", "-")], required=False, default="starts_at"
    )


class VenueSerializer(serializers.ModelSerializer[Venue]):
    """A hall; `time_zone` is that in which the times of its shows are told to people, as Asia/Seoul."""

    time_zone = serializers.CharField(source="zone.key")

    class Meta:
        model = Venue
        fields = ["id", "name", "city", "address", "time_zone", "seat_count"]


class HallSerializer(serializers.ModelSerializer[Venue]):
    """A hall, and the zone in which the times of its shows are told."""

    time_zone = serializers.CharField(source="zone.key")

    class Meta:
        model = Venue
        fields = ["name", "time_zone"]


class MoveSerializer(serializers.ModelSerializer[PerformanceMove]):
    """That a show got another date or hall.

    Whoever ordered before `moved_at` can return tickets free of charge until `free_return_until`.
    """

    moved_at = serializers.DateTimeField()
    from_venue = HallSerializer()
    to_venue = HallSerializer()

    class Meta:
        model = PerformanceMove
        fields = [
            "moved_at",
            "from_starts_at",
            "from_venue",
            "to_starts_at",
            "to_venue",
            "reason",
            "free_return_until",
        ]


class GradeSerializer(serializers.ModelSerializer[Grade]):
    price = serializers.IntegerField(source="price_krw")

    class Meta:
        model = Grade
        fields = ["name", "price", "color"]


class PerformanceSerializer(serializers.ModelSerializer[Performance]):
    """A performance in the list. Expects `now` in the context."""

    venue = VenueSerializer()
    sale_status = serializers.SerializerMethodField()
    cheapest_price = serializers.IntegerField(source="cheapest_price_krw", allow_null=True)
    moves = MoveSerializer(source="moves_done", many=True, help_text="the newest first; empty if it was never moved")

    class Meta:
        model = Performance
        fields = [
            "id",
            "venue",
            "starts_at",
            "status",
            "cancelled_reason",
            "sale_status",
            "sale_opens_at",
            "sale_closes_at",
            "limit_per_person",
            "cheapest_price",
            "moved_at",
            "moves",
        ]

    @extend_schema_field(serializers.ChoiceField(SaleStatus.choices))
    def get_sale_status(self, performance: Performance) -> str:
        return performance.sale_status(self.context["now"]).value


class WaitingRoomSerializer(serializers.Serializer[Performance]):
    mode = serializers.ChoiceField(WaitingRoomMode.choices, source="waiting_room_mode")
    opens_at = serializers.DateTimeField(source="waiting_room_opens_at")


class PerformanceDetailSerializer(PerformanceSerializer):
    grades = GradeSerializer(many=True)
    waiting_room = WaitingRoomSerializer(source="*")

    class Meta(PerformanceSerializer.Meta):
        fields = [*PerformanceSerializer.Meta.fields, "grades", "waiting_room"]


class ConcertSerializer(serializers.ModelSerializer[Concert]):
    """A concert in the list, with all its performances. Expects `now` in the context."""

    category = serializers.ChoiceField(Genre.choices, source="genre")
    category_label = serializers.CharField(source="get_genre_display")
    poster = serializers.SerializerMethodField()
    sale_status = serializers.SerializerMethodField()
    cheapest_price = serializers.IntegerField(source="cheapest_price_krw", allow_null=True)
    performances = PerformanceSerializer(many=True)

    class Meta:
        model = Concert
        fields = [
            "id",
            "slug",
            "title",
            "category",
            "category_label",
            "organiser",
            "poster",
            "running_minutes",
            "age_limit",
            "sale_status",
            "cheapest_price",
            "performances",
        ]

    def get_poster(self, concert: Concert) -> str:
        url = concert.poster_url
        return self.context["request"].build_absolute_uri(url) if url else ""

    @extend_schema_field(serializers.ChoiceField(SaleStatus.choices))
    def get_sale_status(self, concert: Concert) -> str:
        return concert_sale_status(concert, self.context["now"]).value


class CancellationTierSerializer(serializers.ModelSerializer[CancellationTier]):
    class Meta:
        model = CancellationTier
        fields = ["days_before_min", "percent", "per_ticket_krw", "cap_percent"]


class CancellationPolicySerializer(serializers.ModelSerializer[CancellationPolicy]):
    tiers = CancellationTierSerializer(many=True)

    class Meta:
        model = CancellationPolicy
        fields = [
            "name",
            "free_period_hours",
            "free_period_until_days",
            "cutoff_days_before",
            "cutoff_time",
            "booking_fee_krw",
            "tiers",
        ]


class ConcertDetailSerializer(ConcertSerializer):
    cancellation_policy = CancellationPolicySerializer()
    performances = PerformanceDetailSerializer(many=True)

    class Meta(ConcertSerializer.Meta):
        fields = [*ConcertSerializer.Meta.fields, "description", "notice", "cancellation_policy"]


class ConcertOfPerformanceSerializer(serializers.ModelSerializer[Concert]):
    class Meta:
        model = Concert
        fields = ["id", "slug", "title"]


class SinglePerformanceSerializer(PerformanceDetailSerializer):
    concert = ConcertOfPerformanceSerializer()

    class Meta(PerformanceDetailSerializer.Meta):
        fields = [*PerformanceDetailSerializer.Meta.fields, "concert"]
