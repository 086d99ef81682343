"""The centre for staff: what can be asked, who answers, what was talked about, and the figures of it all."""

from apps.counseling.admin import catalogue, conversation_pages, conversations, counselors, kpi_page

__all__ = ["catalogue", "conversation_pages", "conversations", "counselors", "kpi_page"]
