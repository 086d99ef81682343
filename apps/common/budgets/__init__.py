"""How often somebody may do something: budgets of an account and of an address, across all processes.

A budget is written in the notation of `limits`, several rates where it gets scarcer: `30/minute;120/hour`. So many
may be spent at once, and as many again come back evenly over that time (the generic cell rate algorithm, ITU-T I.371,
as a virtual schedule). What is over costs nothing and changes nothing. See docs/budgets.md.
"""

from apps.common.budgets.own import OwnBudgets
from apps.common.budgets.rates import Budget, SpenderArgs, packed_budget, seconds_spent, spenders
from apps.common.budgets.spending import agive_back, is_ours, spend

__all__ = [
    "Budget",
    "OwnBudgets",
    "SpenderArgs",
    "agive_back",
    "is_ours",
    "packed_budget",
    "seconds_spent",
    "spend",
    "spenders",
]
