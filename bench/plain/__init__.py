"""Orders and confirms in the plain form: a DRF view, a serializer, the ORM, rows locked for the length of a request.

They make the same checks and store the same rows as the fast lane's (apps/orders/fast.py), on the same database, Redis
and provider, behind the same a2wsgi on the same server.
"""
