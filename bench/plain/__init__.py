"""POST /api/orders in the plain form: a DRF view, a serializer, the ORM, rows locked for the length of a request.

It makes the same checks and stores the same rows as the fast lane's (apps/orders/fast.py), on the same
database and Redis, behind the same a2wsgi on the same server.
"""
