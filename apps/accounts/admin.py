from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.accounts.admin_forms import PasswordResetByStaffForm, UserCreationForm
from apps.accounts.models import Booker, LoginSession, SessionEnd, User
from apps.accounts.services.end_sessions import end_session, end_sessions_of

FIELDS_OF_POWER = ("role", "is_superuser", "groups", "user_permissions")


class BookerInline(admin.TabularInline):
    model = Booker
    extra = 0
    can_delete = False
    readonly_fields = ("name", "phone", "email", "birth_date", "address", "is_default")

    def has_add_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    """Accounts. They are made inactive, not deleted; a new role, password or activity ends their sessions."""

    add_form = UserCreationForm
    change_password_form = PasswordResetByStaffForm
    inlines = (BookerInline,)
    list_display = ("email", "nickname", "role", "is_active", "created_at")
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


@admin.register(LoginSession)
class LoginSessionAdmin(admin.ModelAdmin):
    """Log-ins, to look at and to end."""

    list_display = ("user", "created_at", "last_used_at", "expires_at", "ip", "ended_at", "end_reason")
    list_filter = ("end_reason", "created_at")
    list_select_related = ("user",)
    search_fields = ("user__email", "ip")
    ordering = ("-created_at",)
    actions = ("end_selected",)

    @admin.action(description=_("End the selected sessions"), permissions=["end"])
    def end_selected(self, request: HttpRequest, queryset: QuerySet[LoginSession]) -> None:
        ended = sum(end_session(session.pk, reason=SessionEnd.ENDED_BY_STAFF) for session in queryset)
        self.message_user(request, _("%(count)d sessions ended.") % {"count": ended})

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_loginsession")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: LoginSession | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: LoginSession | None = None) -> bool:
        return False


def _is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))
