"""What the API shows to a counselor's desk, and to supervisors of the centre."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.common.http.drf import DayField
from apps.counseling.api.serializers import (
    CategorySerializer,
    CounselorSerializer,
    EntrySerializer,
    PersonSerializer,
    SessionCategorySerializer,
    SessionSerializer,
)
from apps.counseling.models import CounselLog, CounselSession
from apps.counseling.services.search_history import snippet
from apps.counseling.states import EndReason


class OpenConversationSerializer(SessionSerializer):
    """A conversation at a desk. `unread` counts the customer's messages after `counselor_read_seq`."""

    unread = serializers.SerializerMethodField()
    last_entry = serializers.SerializerMethodField()

    class Meta(SessionSerializer.Meta):
        fields = [*SessionSerializer.Meta.fields, "unread", "last_entry"]

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """`instance` is an OpenConversation."""
        self._shown = instance
        return dict(super().to_representation(instance.session))

    def get_unread(self, session: CounselSession) -> int:
        return int(self._shown.unread)

    @extend_schema_field(EntrySerializer(allow_null=True))
    def get_last_entry(self, session: CounselSession) -> dict[str, Any] | None:
        entry = self._shown.last_entry
        return None if entry is None else dict(EntrySerializer(entry).data)


class OfferSerializer(serializers.Serializer[Any]):
    session_id = serializers.IntegerField(source="session.pk")
    category = SessionCategorySerializer(source="session.category")
    subject = serializers.CharField(source="session.subject")
    customer = PersonSerializer(source="session.customer")
    requested_at = serializers.DateTimeField(source="session.requested_at")
    expires_at = serializers.DateTimeField()


class ToWrapUpSerializer(serializers.ModelSerializer[CounselLog]):
    """A conversation that has ended while its after-call work has not. A `wrap_up_code` was named already."""

    session_id = serializers.IntegerField()
    category = SessionCategorySerializer()
    subject = serializers.CharField(source="session.subject")
    customer = PersonSerializer(source="session.customer")
    end_reason = serializers.ChoiceField(choices=EndReason.choices, source="reason")
    wrap_up_code = serializers.SlugField(source="wrap_up.code", allow_null=True, default=None)

    class Meta:
        model = CounselLog
        fields = ["session_id", "category", "subject", "customer", "end_reason", "ended_at", "wrap_up_code"]


class DeskSerializer(serializers.Serializer[Any]):
    """`counselor` is null for a supervisor who has no counselor's profile."""

    counselor = CounselorSerializer(allow_null=True)
    conversations = OpenConversationSerializer(many=True)
    joined = OpenConversationSerializer(many=True, help_text="of others, in which this supervisor speaks")
    offers = OfferSerializer(many=True)
    to_wrap_up = ToWrapUpSerializer(many=True)


class HistoryQuerySerializer(serializers.Serializer[Any]):
    """`from` and `to` are days, both included: the last thirty where they are left out."""

    q = serializers.CharField(max_length=100, required=False, help_text="what was said, or the subject")
    customer = serializers.CharField(max_length=100, required=False, help_text="a name, or how an address begins")
    category_id = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    counselor_id = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    to = DayField(required=False)

    def get_fields(self) -> dict[str, Any]:
        return {"from": DayField(required=False), **super().get_fields()}


class HistorySerializer(SessionSerializer):
    """A conversation of the past or present. `found` is where the text stands in it, empty if in the subject."""

    wrap_up = serializers.CharField(source="log.wrap_up.name", allow_null=True, default=None)
    note = serializers.CharField(source="log.wrap_up_note", default="")
    message_count = serializers.IntegerField(source="log.messages", allow_null=True, default=None)
    found = serializers.SerializerMethodField()

    class Meta(SessionSerializer.Meta):
        fields = [*SessionSerializer.Meta.fields, "wrap_up", "note", "message_count", "found"]

    def get_found(self, session: CounselSession) -> str:
        return snippet(getattr(session, "found", None), self.context.get("text", ""))


class LineSerializer(serializers.Serializer[Any]):
    """`waits_since` is when the one who waits longest asked."""

    category = SessionCategorySerializer()
    domain = serializers.CharField()
    waiting = serializers.IntegerField()
    waits_since = serializers.DateTimeField(allow_null=True)
    talking = serializers.IntegerField()


class ServiceLevelSerializer(serializers.Serializer[Any]):
    """Of the requests of the last `window_seconds`."""

    answered = serializers.IntegerField()
    in_time = serializers.IntegerField()
    abandoned = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)
    within_seconds = serializers.IntegerField()
    window_seconds = serializers.IntegerField()
    target = serializers.FloatField()


class WallboardSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    lines = LineSerializer(many=True)
    service_level = ServiceLevelSerializer()
    counselors = CounselorSerializer(many=True)
    conversations = SessionSerializer(many=True, help_text="those that somebody has, or is offered; the oldest first")


class WaitingCategorySerializer(CategorySerializer):
    waiting = serializers.IntegerField()

    class Meta(CategorySerializer.Meta):
        fields = [*CategorySerializer.Meta.fields, "waiting"]


class TransferTargetsSerializer(serializers.Serializer[Any]):
    """Counselors with a free place and the skill, and the other categories."""

    counselors = CounselorSerializer(many=True)
    categories = WaitingCategorySerializer(many=True)
