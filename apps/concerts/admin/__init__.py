"""The catalogue for staff. What sells seats is changed by services only; the admin calls them."""

from apps.concerts.admin import performances, shows, venues

__all__ = ["performances", "shows", "venues"]
