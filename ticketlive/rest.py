"""How the API is served (Django REST framework), and how it is described (drf-spectacular)."""

from __future__ import annotations

from typing import Any

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.accounts.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_THROTTLE_CLASSES": ["apps.accounts.request_budgets.RequestBudgets"],
    "DEFAULT_PARSER_CLASSES": ["apps.common.http.drf.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "apps.common.http.drf.problem_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Ticket-Live",
    "DESCRIPTION": "Sells live tickets to a crowd, and answers its questions.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",  # its schemas are JSON Schema 2020-12, which msgspec writes
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "OrderStatus": "apps.orders.states.OrderStatus",
        "TicketStatus": "apps.orders.models.Ticket.Status",
        "PaymentStatus": "apps.payments.states.PaymentStatus",
        "RefundStatus": "apps.payments.states.RefundStatus",
        "PerformanceStatus": "apps.concerts.models.Performance.Status",
        "PublicationState": "apps.concerts.models.publication.Publication",
        "CounselSessionStatus": "apps.counseling.states.SessionStatus",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "apps.common.openapi.routes.add_budgets",
        "apps.common.openapi.routes.merge_fast_lane",
    ],
}
