"""What the tests may do to the sandbox: slow it, let it hang, let it fail."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Count = Annotated[int, msgspec.Meta(ge=0)]
HttpError = Annotated[int, msgspec.Meta(ge=400, le=599)]


class Faults(msgspec.Struct):
    """The faults in effect; `PUT /sandbox/faults` replaces them all.

    Counts go down with each call they befall; `true` means once. They befall the calls whose method
    is in `methods`: by default those that move money, not the questions about them.
    """

    latency_ms: Count = 0  # every call takes so long
    hang_next: Count | bool = 0  # so many calls are never answered, and nothing is done
    approve_then_hang_next: Count | bool = 0  # so many calls are done and never answered
    fail_next: tuple[HttpError, str] | None = None  # the next call is answered with this status and code
    fail_count: Count = 1  # how many calls `fail_next` befalls
    methods: tuple[Literal["GET", "POST"], ...] = ("POST",)

    def take_hang(self, method: str) -> bool:
        if method not in self.methods or not self.hang_next:
            return False
        self.hang_next = int(self.hang_next) - 1
        return True

    def take_hang_after(self, method: str) -> bool:
        if method not in self.methods or not self.approve_then_hang_next:
            return False
        self.approve_then_hang_next = int(self.approve_then_hang_next) - 1
        return True

    def take_failure(self, method: str) -> tuple[int, str] | None:
        failure = self.fail_next
        if method not in self.methods or failure is None:
            return None
        self.fail_count -= 1
        if self.fail_count <= 0:
            self.fail_next, self.fail_count = None, 1
        return failure
