"""Where the publication of a concert or a performance stands, for staff to see and move on."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.authentication import caller
from apps.accounts.permissions import StaffWhoMay
from apps.accounts.selectors import get_account, has_permission
from apps.common.errors import NotAuthenticated, NotFound, PermissionRefused, ServiceUnavailable, ValidationFailed
from apps.common.openapi.schema import problem_responses
from apps.concerts.errors import AlreadySold, ContentChanged, PublicationConflict, SecondPersonNeeded, ShowIncomplete
from apps.concerts.models import Concert, Performance, Publication
from apps.concerts.publication.content import Show, fingerprint_of
from apps.concerts.publication.missing import Missing, list_missing
from apps.concerts.services.publication_steps import Step, permission_for, take_step
from apps.concerts.services.review_show import LONGEST_REASON

STEP_REFUSALS = (
    PublicationConflict, ContentChanged, SecondPersonNeeded, ShowIncomplete, AlreadySold, ValidationFailed,
    ServiceUnavailable,
)  # fmt: skip


class PublicationEventSerializer(serializers.Serializer[Any]):
    """A step that was taken; `by` is the account's id, null where it is gone."""

    at = serializers.DateTimeField(source="happened_at")
    by = serializers.IntegerField(source="by_id", allow_null=True)
    before = serializers.ChoiceField(Publication.choices, source="from_status")
    after = serializers.ChoiceField(Publication.choices, source="to_status")
    reason = serializers.CharField(source="explanation")


class PublicationSerializer(serializers.Serializer[Any]):
    """`content` is the fingerprint of what buyers would see now: to be sent along with an approval of it."""

    publication = serializers.ChoiceField(Publication.choices)
    publish_at = serializers.DateTimeField(allow_null=True, help_text="PUBLISHED counts from then on; null: at once.")
    content = serializers.CharField()
    missing = serializers.ListField(child=serializers.ChoiceField([(one.value, one.value) for one in Missing]))
    history = PublicationEventSerializer(many=True)


class PublicationStepSerializer(serializers.Serializer[Any]):
    step = serializers.ChoiceField([(one.value, one.value) for one in Step])
    content = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=64, help_text="To approve: what was looked at."
    )
    reason = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=LONGEST_REASON, help_text="To reject or take back."
    )
    publish_at = serializers.DateTimeField(
        required=False, default=None, allow_null=True, help_text="To publish: from when on; at once without it."
    )


class PublicationView(APIView):
    """Of a concert or a performance, as the subclass says."""

    permission_classes = [StaffWhoMay]
    needs: ClassVar = {"GET": "concerts.view_performance", "POST": "concerts.view_performance"}
    model: ClassVar[type[Concert] | type[Performance]]

    @extend_schema(
        summary="Where the publication of a show stands",
        tags=["publication"],
        responses={200: PublicationSerializer, **problem_responses(NotAuthenticated, PermissionRefused, NotFound)},
    )
    def get(self, _request: Request, show_id: int) -> Response:
        return Response(_shown(self._show(show_id)))

    @extend_schema(
        summary="Submit, approve, reject, publish or take back a show",
        tags=["publication"],
        request=PublicationStepSerializer,
        responses={
            200: PublicationSerializer,
            **problem_responses(NotAuthenticated, PermissionRefused, NotFound, *STEP_REFUSALS),
        },
    )
    def post(self, request: Request, show_id: int) -> Response:
        show = self._show(show_id)
        asked = PublicationStepSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        step = Step(wanted["step"])
        if not has_permission(caller(request).id, permission_for(step, show)):
            raise PermissionRefused
        by = get_account(caller(request).id)
        take_step(show, step, by=by, seen=wanted["content"], explanation=wanted["reason"], at=wanted["publish_at"])
        return Response(_shown(self._show(show_id)))

    def _show(self, show_id: int) -> Show:
        found = self.model._default_manager.filter(pk=show_id).first()
        if found is None:
            raise NotFound
        return found


class ConcertPublicationView(PublicationView):
    model = Concert


class PerformancePublicationView(PublicationView):
    model = Performance


def _shown(show: Show) -> dict[str, Any]:
    return PublicationSerializer(
        {
            "publication": show.publication,
            "publish_at": show.publish_at,
            "content": fingerprint_of(show),
            "missing": [str(one) for one in list_missing(show, now=timezone.now())],
            "history": show.publication_events.all(),
        }
    ).data
