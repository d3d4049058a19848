"""What the offline endpoint refuses, as an exception that becomes the error body. Imports nothing of ours."""

from __future__ import annotations

from typing import Any

__all__ = ["NOT_FOUND", "Problem", "invalid"]

#: The body for a route that isn't there (protocol §12).
NOT_FOUND = "The requested resource was not found"


class Problem(Exception):
    """A request that is answered with an error.

    Attributes
    ----------
    status
        The HTTP status.
    kind
        The error's ``type`` (protocol §4.2); ``""`` leaves it out.
    message
        The error's message, to the letter of protocol §2 and §4.
    """

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message

    def body(self) -> dict[str, Any]:
        """The error in the form of protocol §4.1: ``code`` is absent, as it usually is."""
        error = {"message": self.message}
        if self.kind:
            error["type"] = self.kind
        return {"error": error}


def invalid(message: str) -> Problem:
    """A 400 ``invalid_request_error``."""
    return Problem(400, "invalid_request_error", message)
