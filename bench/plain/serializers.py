from rest_framework import serializers

from apps.orders.models import Order, OrderLine


class NewOrderSerializer(serializers.Serializer):
    performance_id = serializers.IntegerField(min_value=1)
    seat_ids = serializers.ListField(child=serializers.IntegerField(min_value=1), min_length=1, max_length=100)


class LineSerializer(serializers.ModelSerializer):
    id = serializers.IntegerField(source="number")
    section = serializers.CharField(source="seat.section.name")
    row = serializers.CharField(source="seat.row")
    number = serializers.IntegerField(source="seat.number")
    grade = serializers.CharField(source="grade_name")
    price = serializers.IntegerField(source="price_krw")

    class Meta:
        model = OrderLine
        fields = ["id", "seat_id", "section", "row", "number", "grade", "price"]


class OrderSerializer(serializers.ModelSerializer):
    amount = serializers.IntegerField(source="amount_krw")
    lines = LineSerializer(many=True)

    class Meta:
        model = Order
        fields = ["id", "status", "performance_id", "amount", "lines", "created_at", "expires_at"]
