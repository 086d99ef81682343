"""A Toss Payments of our own, over HTTP and in a process of its own: `python -m apps.payments.sandbox --port 8001`.

It keeps to the documented behaviour (statuses, error codes, idempotency, webhooks and their
retries) and takes no money. It knows no Django, so that it stays a stranger to the shop. Beside
Toss's calls it has `/sandbox/...`: the payment window, what a person does in it, and the knobs of the tests.
"""
