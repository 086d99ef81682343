"""The fast lane: plain ASGI endpoints beside Django, for what a crowd asks for at once.

A handler takes a `Request` and returns a `Response`; a refusal is a DomainError that it raises.
An app lists its `Route`s in `fast.py`. Token check, body decoding, problem documents and the OpenAPI
document follow from the route.
"""

from apps.common.fastlane.admission import Rank
from apps.common.fastlane.application import FastLane
from apps.common.fastlane.counters import counters
from apps.common.fastlane.requests import Request
from apps.common.fastlane.responses import Response, empty_response, json_response, problem_response
from apps.common.fastlane.routes import MAX_ID, Id, Route
from apps.common.fastlane.tokens import Claims, TokenVerifier, token_verifier

__all__ = [
    "MAX_ID",
    "Claims",
    "FastLane",
    "Id",
    "Rank",
    "Request",
    "Response",
    "Route",
    "TokenVerifier",
    "counters",
    "empty_response",
    "json_response",
    "problem_response",
    "token_verifier",
]
