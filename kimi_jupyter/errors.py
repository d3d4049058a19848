"""The errors of kimi_jupyter. Imports nothing.

::

    KimiError                   anything we say to the user in one line
    ├── SettingsError           an option, a setting or a name that is not right
    │   └── KeyMissing          the endpoint wants a key and none was found
    ├── EndpointError           the endpoint did not give a usable answer
    │   ├── Unreachable         no connection, no TLS, a proxy's refusal, a broken connection
    │   ├── Silent              connected, but nothing came for too long
    │   ├── Refused             an HTTP error; has .status and .kind
    │   │   ├── ModelNotFound   404 for the model
    │   │   └── Overflow        the request is too long for the model
    │   └── BadReply            an answer that is not of the protocol
    ├── ExecutionError          code could not be run at all (not: code that raised)
    └── StoreError              the store can't be read or written
"""

from __future__ import annotations

__all__ = [
    "BadReply",
    "EndpointError",
    "ExecutionError",
    "KeyMissing",
    "KimiError",
    "ModelNotFound",
    "Overflow",
    "Refused",
    "SettingsError",
    "Silent",
    "StoreError",
    "Unreachable",
]


class KimiError(Exception):
    """Anything that is said to the user in one clear line, with what to do next."""

    def _render_traceback_(self) -> list[str]:
        """IPython asks an exception for its traceback here; ours is the one line."""
        return [f"kimi: {self}"]


class SettingsError(KimiError):
    """An option, a setting or a name is not right; the message says what would be."""


class KeyMissing(SettingsError):
    """The endpoint wants a key and none was found; the message says where one is looked for."""


class EndpointError(KimiError):
    """The endpoint did not give a usable answer.

    Attributes
    ----------
    passing
        Whether it may pass by itself, so that asking again makes sense.
    retry_after
        Seconds the endpoint asks to wait, or ``None``.
    """

    passing = False
    retry_after: float | None = None


class Unreachable(EndpointError):
    """No connection, no TLS, a proxy's refusal, or a connection that broke."""

    def __init__(self, message: str, *, passing: bool = True) -> None:
        super().__init__(message)
        self.passing = passing


class Silent(EndpointError):
    """Connected, but nothing came for too long."""

    passing = True


class Refused(EndpointError):
    """The endpoint answered with an HTTP error.

    Attributes
    ----------
    status
        The HTTP status.
    kind
        The error's ``type`` (protocol §4.2), or ``""``.
    retry_after
        Seconds the endpoint asks to wait, or ``None``.
    passing
        Whether it may pass by itself.
    """

    def __init__(
        self, message: str, *, status: int, kind: str = "", retry_after: float | None = None, passing: bool = False
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.retry_after = retry_after
        self.passing = passing


class ModelNotFound(Refused):
    """404 for the model; the message names what the endpoint lists and who serves K2 Thinking."""


class Overflow(Refused):
    """The request is too long for the model."""


class BadReply(EndpointError):
    """An answer that is not of the protocol: an error event, broken JSON, HTML, a stream cut short."""


class ExecutionError(KimiError):
    """Code could not be run at all. Code that ran and raised is a result, not this."""


class StoreError(KimiError):
    """The store of conversations can't be read or written."""
