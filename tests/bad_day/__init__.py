"""A bad day, played against real processes: a crowd buys, staff change its shows, the provider and processes fail.

`tests/e2e/test_bad_day.py` plays it small, `python -m bench.bad_day` at any size.
"""
