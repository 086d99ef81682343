"""What a client did wrong: told in an ERROR frame, after which the connection ends."""

from __future__ import annotations


class ProtocolError(Exception):
    """The only error that input can raise.

    Args:
        message: a few words for the `message` header.
        detail: a sentence for the body.
        receipt_id: the receipt that the offending frame had asked for.
        versions: the versions that the server speaks, where none of them fits the client's.
    """

    def __init__(self, message: str, detail: str = "", *, receipt_id: str | None = None, versions: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail or message
        self.receipt_id = receipt_id
        self.versions = versions
