"""What goes in and out of /api/auth. Unknown members are ignored, as everywhere."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers

from apps.accounts.models import Booker, User
from apps.accounts.services.sign_up import PASSWORD_MAX_LENGTH


class PasswordField(serializers.CharField):
    """A password as it was typed, blanks at its ends included; bounded, since it is hashed."""

    def __init__(self, **kwargs: Any) -> None:
        style = {"input_type": "password"}
        super().__init__(write_only=True, trim_whitespace=False, max_length=PASSWORD_MAX_LENGTH, style=style, **kwargs)


class SignUpSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)
    password = PasswordField()
    nickname = serializers.CharField(max_length=40)


class LogInSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)
    password = PasswordField()


class RefreshSerializer(serializers.Serializer[Any]):
    refresh = serializers.CharField(max_length=2048)


class TokenPairSerializer(serializers.Serializer[Any]):
    access = serializers.CharField(read_only=True)
    refresh = serializers.CharField(read_only=True, help_text="Good once: keep the one that comes back.")
    expires_in = serializers.IntegerField(read_only=True, help_text="Seconds that the access token is good for.")


class ChangePasswordSerializer(serializers.Serializer[Any]):
    current_password = PasswordField()
    new_password = PasswordField()


class UserSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ["id", "email", "nickname", "role", "created_at"]
        read_only_fields = ["id", "email", "role", "created_at"]


class BookerSerializer(serializers.ModelSerializer[Booker]):
    default = serializers.BooleanField(
        source="is_default", required=False, help_text="An account with bookers has exactly one default."
    )

    class Meta:
        model = Booker
        fields = ["id", "name", "phone", "email", "birth_date", "address", "default"]

    def to_representation(self, instance: Booker) -> dict[str, Any]:
        return {**super().to_representation(instance), "default": bool(instance.is_default)}

    def validate_birth_date(self, value: datetime.date | None) -> datetime.date | None:
        if value is not None and value > timezone.localdate():
            raise serializers.ValidationError(_("A birth date lies in the past."))
        return value
