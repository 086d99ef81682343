"""The caller's own account and bookers."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.api.serializers import BookerSerializer, ChangePasswordSerializer, UserSerializer
from apps.accounts.authentication import caller
from apps.accounts.client_address import client_address
from apps.accounts.errors import BookerLimitReached
from apps.accounts.selectors import get_account, get_booker, list_bookers
from apps.accounts.services.bookers import add_booker, change_booker, remove_booker
from apps.accounts.services.change_nickname import change_nickname
from apps.accounts.services.change_password import change_password
from apps.common.errors import NotAuthenticated, NotFound, ServiceUnavailable, TokenInvalid, TooManyRequests
from apps.common.openapi.schema import BODY_REFUSALS, problem_responses

TOKEN_REFUSALS = (NotAuthenticated, TokenInvalid, ServiceUnavailable)


class MeView(APIView):
    @extend_schema(
        tags=["accounts"],
        summary="The caller's account",
        responses={200: UserSerializer, **problem_responses(*TOKEN_REFUSALS)},
    )
    def get(self, request: Request) -> Response:
        return Response(UserSerializer(get_account(caller(request).id)).data)

    @extend_schema(
        tags=["accounts"],
        summary="Change the nickname",
        request=UserSerializer,
        responses={200: UserSerializer, **problem_responses(*BODY_REFUSALS, *TOKEN_REFUSALS)},
    )
    def patch(self, request: Request) -> Response:
        body = UserSerializer(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        user = change_nickname(caller(request).id, **body.validated_data)
        return Response(UserSerializer(user).data)


class PasswordView(APIView):
    @extend_schema(
        tags=["accounts"],
        summary="Change the password",
        description="Ends the account's other sessions.",
        request=ChangePasswordSerializer,
        responses={204: None, **problem_responses(*BODY_REFUSALS, *TOKEN_REFUSALS, TooManyRequests)},
    )
    def post(self, request: Request) -> Response:
        body = ChangePasswordSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        user = caller(request)
        change_password(user.id, **body.validated_data, keep_session=user.session_id, address=client_address(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class BookersView(APIView):
    @extend_schema(
        operation_id="auth_me_bookers_list",
        tags=["bookers"],
        summary="The caller's bookers, the default first",
        responses={200: BookerSerializer(many=True), **problem_responses(*TOKEN_REFUSALS)},
    )
    def get(self, request: Request) -> Response:
        return Response(BookerSerializer(list_bookers(caller(request).id), many=True).data)

    @extend_schema(
        tags=["bookers"],
        summary="Add a booker",
        request=BookerSerializer,
        responses={
            201: BookerSerializer,
            **problem_responses(*BODY_REFUSALS, *TOKEN_REFUSALS, BookerLimitReached),
        },
    )
    def post(self, request: Request) -> Response:
        body = BookerSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        booker = add_booker(caller(request).id, **body.validated_data)
        return Response(BookerSerializer(booker).data, status=status.HTTP_201_CREATED)


class BookerView(APIView):
    @extend_schema(
        tags=["bookers"],
        summary="One of the caller's bookers",
        responses={200: BookerSerializer, **problem_responses(*TOKEN_REFUSALS, NotFound)},
    )
    def get(self, request: Request, booker_id: int) -> Response:
        return Response(BookerSerializer(get_booker(caller(request).id, booker_id)).data)

    @extend_schema(
        tags=["bookers"],
        summary="Change a booker",
        request=BookerSerializer,
        responses={200: BookerSerializer, **problem_responses(*BODY_REFUSALS, *TOKEN_REFUSALS, NotFound)},
    )
    def patch(self, request: Request, booker_id: int) -> Response:
        body = BookerSerializer(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        booker = change_booker(caller(request).id, booker_id, **body.validated_data)
        return Response(BookerSerializer(booker).data)

    @extend_schema(
        tags=["bookers"],
        summary="Remove a booker",
        responses={204: None, **problem_responses(*TOKEN_REFUSALS, NotFound)},
    )
    def delete(self, request: Request, booker_id: int) -> Response:
        remove_booker(caller(request).id, booker_id)
        return Response(status=status.HTTP_204_NO_CONTENT)
