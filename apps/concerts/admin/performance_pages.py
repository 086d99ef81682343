"""What the pages of one performance share: prices, seats, waiting room, calling off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from apps.common.admin.base import require
from apps.common.admin.pages import Crumb, StaffPage
from apps.concerts.models import Performance

PATH = "concerts/performance/<int:performance_id>/"
CHANGE = "concerts.change_performance"


class PerformancePage(StaffPage):
    """A page of one performance. Whoever sees performances may look; `require_change` guards what acts."""

    permissions: ClassVar[Sequence[str]] = ("concerts.view_performance",)
    tab: ClassVar[str] = ""

    @cached_property
    def performance(self) -> Performance:
        """The performance that the address names; 404 without one."""
        performances = Performance.objects.select_related("concert", "venue")
        return get_object_or_404(performances, pk=self.kwargs["performance_id"])

    def require_change(self, request: HttpRequest) -> None:
        """Answer 403 to who may only look."""
        require(request, CHANGE)

    def get_breadcrumbs(self) -> list[Crumb]:
        return [
            (_("Performances"), reverse("admin:concerts_performance_changelist")),
            (str(self.performance), reverse("admin:concerts_performance_change", args=[self.performance.pk])),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            "original": self.performance,
            "performance": self.performance,
            "can_change": self.request.user.has_perm(CHANGE),
            "tab": self.tab,
            **super().get_context_data(**kwargs),
        }
