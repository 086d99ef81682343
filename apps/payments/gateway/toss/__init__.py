"""Toss Payments: all that the platform knows of it. Nothing outside this folder imports from it."""
