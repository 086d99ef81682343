"""JSON as Django's side reads it: neither NaN, nor half a character, nor depth or numbers beyond any use."""

from __future__ import annotations

from typing import Any

import msgspec

from apps.common.errors import MalformedBody


def json_body(content: bytes) -> Any:
    """Return what a body says; raise MalformedBody where it is no JSON."""
    try:
        return msgspec.json.decode(content)
    except RecursionError as error:
        raise MalformedBody("The body is nested too deeply") from error
    except ValueError as error:  # msgspec's errors are ValueErrors
        raise MalformedBody from error
