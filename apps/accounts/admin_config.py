from django.contrib.admin.apps import AdminConfig


class TicketLiveAdminConfig(AdminConfig):
    """django.contrib.admin with this platform's site; stands for it in INSTALLED_APPS."""

    default_site = "apps.accounts.admin_site.TicketLiveAdminSite"
