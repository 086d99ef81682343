from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db import transaction
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.forms import UserChangeForm

from apps.accounts.admin_forms import PasswordResetByStaffForm, UserCreationForm
from apps.accounts.models import Booker, Role, SessionEnd, User
from apps.accounts.services.end_sessions import end_sessions_of
from apps.common.admin.base import ModelAdmin, TabularInline

FIELDS_OF_POWER = ("role", "is_superuser", "groups", "user_permissions")
ROLE_COLOURS = {Role.CUSTOMER: "default", Role.COUNSELOR: "info", Role.STAFF: "warning"}


class BookerInline(TabularInline):
    model = Booker
    extra = 0
    can_delete = False
    readonly_fields = ("name", "phone", "email", "birth_date", "address", "is_default")

    def has_add_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):
    """Accounts. They are made inactive, not deleted; a new role, password or activity ends their sessions."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = PasswordResetByStaffForm
    inlines = (BookerInline,)
    list_display = ("email", "nickname", "shown_role", "is_active", "created_at")
    list_filter = ("role", "is_active", "is_superuser", "groups")
    search_fields = ("email", "nickname")
    ordering = ("-pk",)
    readonly_fields = ("created_at", "last_login")
    filter_horizontal = ("groups", "user_permissions")
    fieldsets = (
        (None, {"fields": ("email", "password", "nickname")}),
        (_("Access"), {"fields": ("is_active", *FIELDS_OF_POWER)}),
        (_("Times"), {"fields": ("created_at", "last_login")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "nickname", "role", "password1", "password2")}),)

    @display(description=_("role"), ordering="role", label=ROLE_COLOURS)
    def shown_role(self, user: User) -> tuple[str, str]:
        return user.role, user.get_role_display()

    def get_inlines(self, request: HttpRequest, obj: User | None) -> Any:
        return self.inlines if obj else ()

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Only a superuser hands out power."""
        if _is_superuser(request):
            return self.readonly_fields
        return (*self.readonly_fields, *FIELDS_OF_POWER)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Only a superuser touches a colleague's account, its password included."""
        beyond = obj is not None and obj.is_staff and not _is_superuser(request)
        return not beyond and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: User, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and {"role", "is_active"}.intersection(form.changed_data):
            end_sessions_of(obj.pk, reason=SessionEnd.ACCESS_CHANGED)


def _is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))
