"""Signing up, logging in and out."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.api.serializers import (
    LogInSerializer,
    RefreshSerializer,
    SignUpSerializer,
    TokenPairSerializer,
    UserSerializer,
)
from apps.accounts.client_address import client_address
from apps.accounts.errors import WrongCredentials
from apps.accounts.services.log_in import log_in
from apps.accounts.services.log_out import log_out
from apps.accounts.services.rotate_refresh import rotate_refresh
from apps.accounts.services.sign_up import sign_up
from apps.common.errors import ServiceUnavailable, TokenInvalid, TooManyRequests
from apps.common.openapi.schema import BODY_REFUSALS, problem_responses


class PublicView(APIView):
    """Asks for no access token, and is not put off by one that has expired."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


class SignUpView(PublicView):
    @extend_schema(
        tags=["accounts"],
        summary="Open an account",
        request=SignUpSerializer,
        responses={
            201: UserSerializer,
            **problem_responses(*BODY_REFUSALS, TooManyRequests, ServiceUnavailable),
        },
    )
    def post(self, request: Request) -> Response:
        body = SignUpSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        user = sign_up(**body.validated_data, address=client_address(request))
        return Response(UserSerializer(user).data, status=status.HTTP_201_CREATED)


class LogInView(PublicView):
    @extend_schema(
        tags=["accounts"],
        summary="Log in",
        request=LogInSerializer,
        responses={
            200: TokenPairSerializer,
            **problem_responses(*BODY_REFUSALS, WrongCredentials, TooManyRequests, ServiceUnavailable),
        },
    )
    def post(self, request: Request) -> Response:
        body = LogInSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        pair = log_in(
            **body.validated_data,
            address=client_address(request),
            user_agent=request.headers.get("User-Agent", ""),
        )
        return Response(TokenPairSerializer(pair).data)


class RefreshView(PublicView):
    @extend_schema(
        tags=["accounts"],
        summary="Exchange a refresh token for a new pair",
        description="A refresh token is good once. One that comes a second time ends the whole session.",
        request=RefreshSerializer,
        responses={200: TokenPairSerializer, **problem_responses(*BODY_REFUSALS, TokenInvalid, ServiceUnavailable)},
    )
    def post(self, request: Request) -> Response:
        body = RefreshSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(TokenPairSerializer(rotate_refresh(body.validated_data["refresh"])).data)


class LogOutView(PublicView):
    @extend_schema(
        tags=["accounts"],
        summary="Log out",
        description="Ends the session of the refresh token; its access token dies within 15 minutes.",
        request=RefreshSerializer,
        responses={204: None, **problem_responses(*BODY_REFUSALS, TokenInvalid, ServiceUnavailable)},
    )
    def post(self, request: Request) -> Response:
        body = RefreshSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        log_out(body.validated_data["refresh"])
        return Response(status=status.HTTP_204_NO_CONTENT)
