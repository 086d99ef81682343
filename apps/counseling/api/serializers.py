"""What the API shows of counseling, and what it takes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.accounts.models import User
from apps.counseling.entries import entry_event, name_of
from apps.counseling.models import (
    CannedReply,
    Category,
    CounselMessage,
    CounselRating,
    CounselSession,
    InternalNote,
    OpeningHours,
)
from apps.counseling.services.opening_hours import Hours
from apps.counseling.services.request_session import MAX_REQUEST_ID, MAX_SUBJECT
from apps.counseling.states import CounselorState, EntryType, SenderRole


class PersonSerializer(serializers.ModelSerializer[User]):
    name = serializers.CharField(source="nickname")

    class Meta:
        model = User
        fields = ["id", "name"]


class OpeningHoursSerializer(serializers.ModelSerializer[OpeningHours]):
    """On a weekday (0 is Monday), by the operator's clock."""

    class Meta:
        model = OpeningHours
        fields = ["weekday", "opens_at", "closes_at"]


class CategorySerializer(serializers.ModelSerializer[Category]):
    domain = serializers.CharField(source="domain.name")

    class Meta:
        model = Category
        fields = ["id", "name", "domain"]


class CategoryWithHoursSerializer(CategorySerializer):
    """A category and when it is open; needs `hours` (see `hours_of`) and `now` in its context."""

    is_open = serializers.SerializerMethodField()
    opens_at = serializers.SerializerMethodField()
    hours = serializers.SerializerMethodField()

    class Meta(CategorySerializer.Meta):
        fields = [*CategorySerializer.Meta.fields, "is_open", "opens_at", "hours"]

    def get_is_open(self, category: Category) -> bool:
        """Whether somebody is there to answer now."""
        return self._hours(category).is_open(self.context["now"])

    def get_opens_at(self, category: Category) -> datetime | None:
        """When it opens next, where it is closed now and that is known."""
        hours, now = self._hours(category), self.context["now"]
        return None if hours.is_open(now) else hours.next_opening(now)

    @extend_schema_field(OpeningHoursSerializer(many=True))
    def get_hours(self, category: Category) -> Any:
        """When it is open; empty for always."""
        return OpeningHoursSerializer(self._hours(category).periods, many=True).data

    def _hours(self, category: Category) -> Hours:
        hours: Hours = self.context["hours"][category.pk]
        return hours


class RatingSerializer(serializers.ModelSerializer[CounselRating]):
    score = serializers.IntegerField(min_value=1, max_value=5)
    feedback = serializers.CharField(max_length=1000, allow_blank=True, default="")

    class Meta:
        model = CounselRating
        fields = ["score", "feedback", "rated_at"]
        read_only_fields = ["rated_at"]


class NewSessionSerializer(serializers.Serializer[Any]):
    category_id = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    subject = serializers.CharField(max_length=MAX_SUBJECT, allow_blank=True, default="")
    request_id = serializers.CharField(max_length=MAX_REQUEST_ID, required=False)


class SessionCategorySerializer(serializers.ModelSerializer[Category]):
    class Meta:
        model = Category
        fields = ["id", "name"]


class SessionSerializer(serializers.ModelSerializer[CounselSession]):
    category = SessionCategorySerializer()
    customer = PersonSerializer()
    counselor = PersonSerializer(allow_null=True)
    rating = serializers.SerializerMethodField()

    class Meta:
        model = CounselSession
        fields = [
            "id", "status", "category", "subject", "customer", "counselor", "requested_at", "answered_at", "ended_at",
            "end_reason", "last_seq", "customer_read_seq", "counselor_read_seq", "rating",
        ]  # fmt: skip

    def get_rating(self, session: CounselSession) -> int | None:
        """The score that the customer gave, 1 to 5."""
        rating = getattr(session, "rating", None)
        return None if rating is None else rating.score


class SessionWithPlaceSerializer(SessionSerializer):
    """A session and where it stands: null outside the line, and while Redis is away."""

    position = serializers.SerializerMethodField()
    eta_seconds = serializers.SerializerMethodField()

    class Meta(SessionSerializer.Meta):
        fields = [*SessionSerializer.Meta.fields, "position", "eta_seconds"]

    def get_position(self, session: CounselSession) -> int | None:
        queue_position = self.context.get("queue_position")
        return (queue_position.position or None) if queue_position is not None else None

    def get_eta_seconds(self, session: CounselSession) -> int | None:
        queue_position = self.context.get("queue_position")
        return None if queue_position is None else queue_position.eta_seconds


class SenderSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(allow_null=True)
    role = serializers.ChoiceField(choices=SenderRole.choices)
    name = serializers.CharField(allow_null=True)


class AttachmentSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    content_type = serializers.CharField()
    size_bytes = serializers.IntegerField()


class EntrySerializer(serializers.Serializer[CounselMessage]):
    """An entry of a conversation's log, as `/sub/session/{id}` tells it."""

    type = serializers.ChoiceField(choices=EntryType.choices)
    session_id = serializers.IntegerField()
    seq = serializers.IntegerField()
    client_message_id = serializers.CharField(allow_null=True)
    sender = SenderSerializer()
    content = serializers.CharField()
    attachment = AttachmentSerializer(allow_null=True)
    sent_at = serializers.DateTimeField()

    def to_representation(self, entry: CounselMessage) -> dict[str, Any]:
        return entry_event(entry, sender_name=name_of(entry.sender))


class EndSerializer(serializers.Serializer[Any]):
    """An end by the counselor may bring the wrap-up with it."""

    wrap_up_code = serializers.CharField(max_length=40, required=False)
    note = serializers.CharField(max_length=500, allow_blank=True, default="")


class TransferSerializer(serializers.Serializer[Any]):
    """To one of the two."""

    counselor_id = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    category_id = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise serializers.ValidationError("Name a counselor or a category.")
        return attrs


class NoteSerializer(serializers.ModelSerializer[InternalNote]):
    author = PersonSerializer(read_only=True)

    class Meta:
        model = InternalNote
        fields = ["id", "author", "content", "is_whisper", "created_at"]
        read_only_fields = ["id", "is_whisper", "created_at"]


class CannedReplySerializer(serializers.ModelSerializer[CannedReply]):
    category_id = serializers.PrimaryKeyRelatedField(
        source="category", queryset=Category.objects.all(), allow_null=True, required=False
    )
    is_mine = serializers.SerializerMethodField()

    class Meta:
        model = CannedReply
        fields = ["id", "shortcut", "title", "content", "category_id", "is_mine"]

    def get_is_mine(self, reply: CannedReply) -> bool:
        """Whether it is one's own, which one may change; the others are everybody's."""
        return reply.owner_id is not None


class ChangeStateSerializer(serializers.Serializer[Any]):
    """Leaving AFTER_CALL may say how the conversation came out."""

    wrap_up_code = serializers.CharField(max_length=40, required=False)
    note = serializers.CharField(max_length=500, allow_blank=True, default="")


class CounselorStateSerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=CounselorState.choices)
    load = serializers.IntegerField()
    capacity = serializers.IntegerField()


class CounselorSerializer(CounselorStateSerializer):
    """`reason` is why the state is what it is, as the history names it; empty while the history lags behind."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    category_ids = serializers.ListField(child=serializers.IntegerField())
    session_ids = serializers.ListField(child=serializers.IntegerField())
    after_call_until = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)
    since = serializers.DateTimeField(allow_null=True)
