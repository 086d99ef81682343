"""A second payment provider: the customer transfers the money, and a person who reads the bank's statement notes it.

It is what a provider needs to be, and no more: docs/payments.md refers to it. What a person would write into a table
of the adapter's own lies in memory here.
"""

from tests.bank_transfer.provider import BankTransfer

PROVIDER = BankTransfer()
