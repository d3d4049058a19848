"""The menu of faults, and the script that says which request gets which. Imports ``reply`` and ``problem``.

The keys are those of protocol §3.6, with faults of HTTP and of the connection beside them. What each does is
``fault_effects``' and ``delivery``'s business.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .problem import Problem
from .reply import Reply

__all__ = ["CHUNK_FAULTS", "DRAFT_FAULTS", "HTTP_FAULTS", "WIRE_FAULTS", "Entry", "Fault", "Script"]

#: Said by the model.
DRAFT_FAULTS = frozenset(
    {
        *(
            "leak_section_in_content",
            "leak_section_in_reasoning",
            "leak_end_tokens",
            "leak_think_tag",
            "think_in_content",
        ),
        *("finish_stop_with_tools", "stop_without_tools", "empty_choice", "empty_args", "bad_json_args", "dup_ids"),
        *("nameless_call", "loop"),
    }
)
#: Written by the server.
CHUNK_FAULTS = frozenset(
    {
        *("indexless", "string_index", "out_of_order_index", "interleaved_calls", "missing_usage", "choice_usage"),
        *("top_usage", "finish_usage_twice", "double_finish", "id_switch", "mid_stream_error"),
    }
)
#: Instead of an answer.
HTTP_FAULTS = frozenset({"http", "error_200", "raw"})
#: Of the connection.
WIRE_FAULTS = frozenset(
    {"delay", "slow_first_byte", "stall", "truncate_no_finish", "no_done", "cut", "rst", "eof", "split", "crlf"}
)
_ALL = DRAFT_FAULTS | CHUNK_FAULTS | HTTP_FAULTS | WIRE_FAULTS

#: Status → type and message of protocol §4.2, for a fault that names only the status.
_REFUSALS: dict[int, tuple[str, str]] = {
    400: ("content_filter", "The request was rejected because it was considered high risk"),
    401: ("invalid_authentication_error", "Invalid Authentication"),
    403: ("permission_denied_error", "The API you are accessing is not open"),
    404: ("resource_not_found_error", "Not found the model kimi-k2-thinking or Permission denied"),
    429: ("engine_overloaded_error", "The engine is currently overloaded, please try again later"),
    500: ("unexpected_output", "invalid state transition"),
    503: ("server_unavailable", "The server is temporarily unavailable"),
}
_LIMITS: dict[str, str] = {
    "exceeded_current_quota_error": (
        "Your account org-offline<ak-offline> is suspended due to insufficient balance, "
        "please recharge your account or check your plan and billing details"
    ),
    "rate_limit_reached_error": (
        "Your account org-offline<ak-offline> request reached organization max concurrency: 1, "
        "please try again after 1 seconds"
    ),
}
_HTML = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>\n"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong, once.

    Attributes
    ----------
    kind
        A key of the four sets above.
    status, type, message
        Of ``http``, ``error_200`` and ``mid_stream_error``. The status is 500 by default (200 for ``raw``); type and
        message follow from it.
    headers
        More response headers of ``http`` and ``raw``.
    body
        The whole body of ``http`` or ``raw``, instead of an error's.
    retry_after
        The ``Retry-After`` header of ``http``: seconds or any text.
    after
        Events sent before ``truncate_no_finish``, ``cut``, ``rst``, ``eof``, ``stall`` and ``mid_stream_error`` strike;
        ``eof`` strikes at the end if it is ``None``.
    at_byte
        The same in bytes of the body; it wins.
    seconds
        How long ``delay``, ``slow_first_byte`` and ``stall`` last.
    every
        Seconds between the comments of ``slow_first_byte`` and ``stall``; 0 sends none.
    size
        Bytes a write of ``split`` has; 0 takes 1 to 7 by ``seed``.
    seed
        For ``split``.
    form
        A variant: ``singular`` (leaked markers), ``truncated`` (bad JSON), ``restart`` (repeated ids), ``bare`` and
        ``code`` (error events without type, with a code).
    """

    kind: str
    status: int = 0
    type: str = ""
    message: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | bytes | None = None
    retry_after: float | str | None = None
    after: int | None = None
    at_byte: int | None = None
    seconds: float = 1.0
    every: float = 0.0
    size: int = 1
    seed: int = 0
    form: str = ""

    def __post_init__(self) -> None:
        if self.kind not in _ALL:
            raise ValueError(f"{self.kind!r} is no fault; there are {', '.join(sorted(_ALL))}")

    def error(self) -> Problem:
        """The error of ``http``, ``error_200`` or ``mid_stream_error``."""
        kind, message = _REFUSALS.get(self.status, ("server_error", "The server had an error"))
        return Problem(self.status or 500, self.type or kind, self.message or _LIMITS.get(self.type, message))

    def response(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of ``http`` and ``raw``."""
        headers = dict(self.headers)
        if self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        status = self.status or (200 if self.kind == "raw" else 500)
        names = {name.lower() for name in headers}
        if self.body is not None:
            body = self.body.encode() if isinstance(self.body, str) else self.body
            default = "text/event-stream" if self.kind == "raw" else "text/html"
        elif self.status in (502, 504):  # a gateway's page, not the API's error
            body, default = _HTML.format(f"{self.status} Gateway Time-out").encode(), "text/html"
        else:
            body, default = encode_problem(self.error()), "application/json"
        if "content-type" not in names:
            headers["Content-Type"] = default
        return status, headers, body


def encode_problem(problem: Problem) -> bytes:
    """An error's body as JSON."""
    return json.dumps(problem.body(), ensure_ascii=False).encode()


#: What a script holds for a request: nothing, a fault, a reply instead of the analyst's, or several of these.
Entry = None | Fault | Reply | tuple[Fault | Reply, ...]


class Script:
    """Which request gets what, counted from when the script was set."""

    def __init__(self, entries: Sequence[Entry] | Mapping[int, Entry] = ()) -> None:
        pairs: Iterable[tuple[int, Entry]] = entries.items() if isinstance(entries, Mapping) else enumerate(entries)
        self._entries = {index: _parts(entry) for index, entry in pairs}
        self._next = 0
        self._loop: tuple[Fault | Reply, ...] = ()

    def take(self) -> tuple[tuple[Fault, ...], Reply | None]:
        """Faults and reply for the next request; a ``loop``, once met, stays."""
        parts = self._entries.get(self._next, self._loop)
        self._next += 1
        faults = tuple(part for part in parts if isinstance(part, Fault))
        if any(fault.kind == "loop" for fault in faults):
            self._loop = parts
        return faults, next((part for part in parts if isinstance(part, Reply)), None)


def _parts(entry: Entry) -> tuple[Fault | Reply, ...]:
    if entry is None:
        return ()
    return entry if isinstance(entry, tuple) else (entry,)
