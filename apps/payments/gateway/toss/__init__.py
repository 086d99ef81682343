"""Toss Payments: all that the platform knows of it. Nothing outside this folder imports from it."""

from apps.payments.gateway.toss.provider import TossProvider

PROVIDER = TossProvider()
