"""What an account and an address may use of STOMP, over all their connections and all web processes.

`Budgets` knows the owners of this process; `OpenConnections` counts what is open (connections, subscriptions), and a
`Bucket` what is spent in time (SENDs, bytes). docs/budgets.md says why each is as it is.
"""

from apps.stomp.budgets.allowance import Allowance, Rate
from apps.stomp.budgets.bucket import OverBudget
from apps.stomp.budgets.owners import CONNECTIONS, SUBSCRIPTIONS, Budgets, Owner
from apps.stomp.budgets.usage import Usage

__all__ = ["CONNECTIONS", "SUBSCRIPTIONS", "Allowance", "Budgets", "OverBudget", "Owner", "Rate", "Usage"]
