"""Accounts for staff, their log-ins, the groups that say what staff may do, and who did what."""

from apps.accounts.admin import audit_page, groups, logins, users

__all__ = ["audit_page", "groups", "logins", "users"]
