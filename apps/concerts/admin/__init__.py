"""The catalogue for staff. What sells seats is changed by services only; the admin calls them."""

from apps.concerts.admin import concerts, performances, venues

__all__ = ["concerts", "performances", "venues"]
