"""Deposits to virtual accounts: until when they are awaited, who may leave how many open, and their end by staff.

A deposit keeps seats that nobody has paid for. What it may keep, and for how long, is the platform's to say and never
the browser's, which opens the payment window: docs/deposits.md.
"""
