"""Tickets for staff to find, and the move of a show. An order's own page is payments' (its admin)."""

from apps.orders.admin import move_page, tickets

__all__ = ["move_page", "tickets"]
