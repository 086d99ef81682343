"""Holds: the promise of seats to one buyer for ten minutes, kept by Lua scripts over one slot of Redis."""
