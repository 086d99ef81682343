"""Moments in lists and tables: short, in order, on a 24-hour clock."""

DATETIME_FORMAT = "Y-m-d H:i"
