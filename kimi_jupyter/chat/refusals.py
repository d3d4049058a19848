"""What an endpoint's refusal means, in one line for the user: the table of protocol §4.2, with what to do."""

from __future__ import annotations

import contextlib
import email.utils
import json
import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import BadReply, EndpointError, Overflow, Refused
from .wire import error_in

if TYPE_CHECKING:
    from ..settings import Endpoint

__all__ = ["brief", "json_or_none", "refusal", "squeeze"]

#: Characters quoted in an error: of an answer that is not of the protocol, of an error's own message.
_QUOTE, _MESSAGE = 200, 300
#: A request that is too long, in the words of many servers (protocol §4.3).
_TOO_LONG = re.compile(
    r"exceed(ed|s)? (the )?(model|context)|token limit|token length|context[_ ]length|maximum context"
    r"|prompt is too long|too many tokens|total message size \d+ exceeds",
    re.IGNORECASE,
)
#: Moonshot's two regions, whose accounts are not the same (protocol §1.1).
_REGIONS = {"moonshot": "moonshot-cn", "moonshot-cn": "moonshot"}
_HINTS = {
    401: "Check the key ({source}), or give another with %kimi key.",
    402: "The account has no credit left; top it up or choose another with %kimi provider NAME.",
    403: "The key ({source}) may not do this; choose another with %kimi provider NAME.",
    404: "Check the base URL ({url}).",
    413: "Send less: --no-context, or %kimi new.",
}
#: Statuses that pass by themselves (protocol §4.3).
_PASSING = {408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529}


def refusal(endpoint: Endpoint, status: int, headers: Mapping[str, str], text: str) -> EndpointError:
    """The error for an HTTP answer other than 200.

    Parameters
    ----------
    endpoint
        Who answered.
    status, headers, text
        The answer; header names in lower case.
    """
    if 300 <= status < 400:
        target = squeeze(headers.get("location", "another address"))
        return BadReply(
            f"{endpoint.base_url} redirects to {target}; nothing was sent there. "
            "Set the address you mean with %kimi provider custom URL."
        )
    message, kind = error_in(json_or_none(text)) or (squeeze(text), "")
    message = endpoint.key.mask(message)
    said = f"{endpoint.provider.title} answered {status}: {brief(message) or 'nothing else'}."
    hint, passing = _judge(endpoint, status, kind, message)
    line = f"{said} {hint}".strip()
    if status in (400, 413) and _TOO_LONG.search(message):
        return Overflow(line, status=status, kind=kind)
    wait = _retry_after(headers, message)
    return Refused(line, status=status, kind=kind, retry_after=wait, passing=passing)


def _judge(endpoint: Endpoint, status: int, kind: str, message: str) -> tuple[str, bool]:
    """What to do about it, and whether it may pass by itself."""
    if status == 401 and endpoint.provider.name in _REGIONS:
        other = _REGIONS[endpoint.provider.name]
        hint = f"keys of .ai and .cn are not the same; wrong region? Then: %kimi provider {other}"
        return f"Check the key ({endpoint.key_source}): {hint}", False
    if status == 429:
        return _judge_limit(kind, message)
    if status == 400 and _TOO_LONG.search(message):
        return "The conversation is too long for the model; start afresh with %kimi new.", False
    if status == 400 and kind == "content_filter":
        return "The endpoint's content filter refused the question; word it differently.", False
    if status >= 500 or status in _PASSING:
        return "That is the endpoint's fault; run the cell again in a while.", status in _PASSING
    hint = _HINTS.get(status, "")
    return hint.format(source=endpoint.key_source, url=endpoint.base_url), False


def _judge_limit(kind: str, message: str) -> tuple[str, bool]:
    """429 is three things: no money (never asked again), the day's allowance, and a moment's rush."""
    if kind == "exceeded_current_quota_error" or re.search(r"balance|quota|suspended", message):
        return "The account's quota is used up; recharge it or choose another with %kimi provider NAME.", False
    if "TPD" in message:
        return "That was the day's allowance; go on tomorrow or choose another with %kimi provider NAME.", False
    return "Wait a little, then run the cell again.", True


def json_or_none(text: str) -> Any:
    """A body's JSON value, or ``None`` if it has none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def squeeze(text: str) -> str:
    """The gist of a body that may be a page of HTML: no tags, one line, short."""
    text = re.sub(r"(?is)<(script|style)\b.*?</\1>|<[^>]*>", " ", text[:20_000])
    return " ".join(text.split())[:_QUOTE]


def brief(message: str) -> str:
    """An error's message for the middle of a sentence: cut where it goes on for long, without a full stop."""
    message = message.rstrip(".")
    return message if len(message) <= _MESSAGE else f"{message[:_MESSAGE].rstrip()} …"


def _retry_after(headers: Mapping[str, str], message: str) -> float | None:
    """Seconds to wait: from the headers in their forms, else from the message; nonsense counts as nothing."""
    found = [_seconds(headers.get("retry-after-ms"), 0.001), _seconds(headers.get("retry-after"))]
    if found[1] is None and (date := headers.get("retry-after")):
        with contextlib.suppress(ValueError, TypeError):
            found.append(email.utils.parsedate_to_datetime(date).timestamp() - time.time())
    found += [_seconds(text) for text in re.findall(r"try again after (\d+(?:\.\d+)?) seconds?", message)]
    return next((seconds for seconds in found if seconds is not None and seconds >= 0), None)


def _seconds(text: str | None, unit: float = 1.0) -> float | None:
    try:
        return float(text or "") * unit
    except ValueError:
        return None
