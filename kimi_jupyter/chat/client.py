"""The HTTP client: a request out, deltas back.

The only module that opens connections. It needs httpx and httpx-sse, imported when the first client is made, so that
loading the extension stays cheap.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import BadReply, EndpointError, ModelNotFound, Refused, Unreachable
from ..providers import serving
from .wire import Delta, error_in, parse_chunk

if TYPE_CHECKING:
    import httpx

    from ..settings import Endpoint

__all__ = ["HttpClient", "ModelClient"]

#: Seconds. Thinking can be silent for long, so reading waits far longer than connecting (protocol §4.3).
_CONNECT, _READ = 15.0, 300.0
#: Characters of an answer that is not of the protocol, quoted in an error.
_QUOTE = 200


class ModelClient(Protocol):
    """Streams a reply. One of the three seams: :class:`HttpClient` is the one there is."""

    def stream(self, body: dict[str, Any]) -> AsyncGenerator[Delta]:
        """Send a request body (:func:`.wire.request_body`) and yield its deltas.

        Raises
        ------
        EndpointError
            In one line, what went wrong and what to do.
        """
        ...


class HttpClient:
    """A client of one endpoint. Its connection is kept for the next request; belongs to one event loop.

    Parameters
    ----------
    endpoint
        Where to, with which key.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        import httpx

        self._endpoint = endpoint
        self._http = httpx.AsyncClient(
            base_url=endpoint.base_url.rstrip("/") + "/",
            headers=_headers(endpoint),
            timeout=httpx.Timeout(_READ, connect=_CONNECT),
            follow_redirects=False,  # a redirect would carry key and data elsewhere
        )

    async def close(self) -> None:
        """Drop the connection."""
        await self._http.aclose()

    async def stream(self, body: dict[str, Any]) -> AsyncGenerator[Delta]:
        """Send a request body and yield its deltas; see :class:`ModelClient`."""
        import httpx

        # Serialised here, the same way each time: the prefix cache wants equal bytes (protocol §5.5).
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
        try:
            async with self._http.stream("POST", "chat/completions", content=content) as response:
                if response.status_code != 200:
                    raise await self._refusal(response, body["model"])
                async for payload in _payloads(response):
                    yield self._delta(payload)
        except httpx.TimeoutException as error:
            raise Unreachable(self._timed_out(error)) from error
        except httpx.TransportError as error:
            raise Unreachable(self._unreachable(error)) from error

    async def models(self) -> list[str]:
        """The ids the endpoint lists at ``GET /models``; ``[]`` where it lists none."""
        import httpx

        try:
            response = await self._http.get("models", timeout=_CONNECT)
            data = response.json()["data"] if response.status_code == 200 else []
            return [str(entry["id"]) for entry in data]
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return []

    def _delta(self, payload: Any) -> Delta:
        error = error_in(payload)
        if error is not None:
            message, kind = error
            raise BadReply(f"{self._endpoint.provider.title} broke off: {message}{f' ({kind})' if kind else ''}")
        return parse_chunk(payload)

    async def _refusal(self, response: httpx.Response, model: str) -> EndpointError:
        status = response.status_code
        text = (await response.aread()).decode("utf-8", "replace")
        if 300 <= status < 400:
            target = response.headers.get("location", "another address")
            return BadReply(f"{self._endpoint.base_url} redirects to {target[:_QUOTE]}; nothing was sent there. "
                            "Set the address you mean with %kimi provider custom URL.")  # fmt: skip
        message, kind = error_in(_json_or_none(text)) or (_squeeze(text), "")
        message = self._endpoint.key.mask(message)
        hint = self._hint(status, kind, message)
        if status == 404 and ("model" in message.lower() or kind == "resource_not_found_error"):
            return ModelNotFound(await self._not_found(model), status=status, kind=kind)
        line = f"{self._endpoint.provider.title} answered {status}: {message.rstrip('.') or 'nothing else'}. {hint}"
        return Refused(line.strip(), status=status, kind=kind, retry_after=_retry_after(response.headers, message))

    def _hint(self, status: int, kind: str, message: str) -> str:
        provider = self._endpoint.provider
        match status:
            case 401 if provider.name in ("moonshot", "moonshot-cn"):
                other = "moonshot-cn" if provider.name == "moonshot" else "moonshot"
                return (
                    f"Check the key ({self._endpoint.key_source}); keys of .ai and .cn are not the same, "
                    f"so maybe: %kimi provider {other}"
                )
            case 401 | 403:
                return f"Check the key ({self._endpoint.key_source}), or give another with %kimi key."
            case 402:
                return "The account has no credit left; top it up or choose another with %kimi provider NAME."
            case 429 if kind == "exceeded_current_quota_error":
                return "The account's quota is used up; recharge it or choose another with %kimi provider NAME."
            case 429:
                return "Wait a little, then run the cell again."
            case 404:
                return f"Check the base URL ({self._endpoint.base_url})."
            case 400 if re.search(r"token (limit|length)|context", message, re.IGNORECASE):
                return "The conversation is too long for the model; start afresh with %kimi new."
            case status if status >= 500:
                return "That is the endpoint's fault; run the cell again in a while."
            case _:
                return ""

    async def _not_found(self, model: str) -> str:
        listed = await self.models()
        title = self._endpoint.provider.title
        known = f" It lists: {_some(listed)}." if listed else ""
        canonical = self._endpoint.model.id
        elsewhere = [provider.name for provider in serving(canonical) if provider.name != self._endpoint.provider.name]
        other = f" {self._endpoint.model.title} is served by: {', '.join(elsewhere)}." if elsewhere else ""
        return (
            f"{title} has no model {model!r} (404: retired, misspelt or not open to this key).{known}{other} "
            "Choose with %kimi model NAME or %kimi provider NAME."
        )

    def _timed_out(self, error: httpx.TimeoutException) -> str:
        import httpx

        if isinstance(error, httpx.ConnectTimeout):
            return f"No connection to {self._endpoint.base_url} within {_CONNECT:.0f} s; check the network or a proxy."
        return f"{self._endpoint.provider.title} was silent for {_READ:.0f} s; run the cell again."

    def _unreachable(self, error: httpx.TransportError) -> str:
        import httpx

        detail = self._endpoint.key.mask(str(error) or type(error).__name__)
        url = self._endpoint.base_url
        if isinstance(error, httpx.ProxyError):
            return f"The proxy refused {url}: {detail}. Check HTTPS_PROXY and NO_PROXY."
        if isinstance(error, httpx.ConnectError):
            if "certificate" in detail.lower() or "ssl" in detail.lower():
                return f"The certificate of {url} was not accepted: {detail}. Set SSL_CERT_FILE to your CA bundle."
            return f"Can't reach {url}: {detail}. Check the network, or choose another with %kimi provider NAME."
        return f"The connection to {self._endpoint.provider.title} broke: {detail}. Run the cell again."


def _headers(endpoint: Endpoint) -> Mapping[str, str]:
    headers = {
        "Content-Type": "application/json",
        "Accept": "text/event-stream",
        "Accept-Encoding": "identity",  # a compressed stream is delayed, and can be a bomb (hazards NET-14)
        "User-Agent": "kimi-jupyter",
    }
    key = endpoint.key.reveal()
    if key:
        headers["Authorization"] = f"Bearer {key}"
    return headers


async def _payloads(response: httpx.Response) -> AsyncIterator[Any]:
    """The JSON values of a reply: the events of a stream up to ``[DONE]``, or the one body of an answer in one go."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        text = (await response.aread()).decode("utf-8", "replace")
        yield _json(text)
        return
    if kind != "text/event-stream":
        text = (await response.aread()).decode("utf-8", "replace")
        raise BadReply(f"Not a stream of events but {kind or 'no type'} came: {_squeeze(text)!r}. Check the base URL.")
    from httpx_sse import EventSource

    events = EventSource(response).aiter_sse()
    try:
        async for event in events:
            if event.data == "[DONE]":
                return
            if event.event == "error":
                payload = _json_or_none(event.data)
                message, _ = error_in(payload) or (_squeeze(event.data), "")
                raise BadReply(f"The endpoint broke off: {message}")
            if event.data:
                yield _json(event.data)
    finally:
        await events.aclose()


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadReply(f"The endpoint sent an event that is no JSON: {_squeeze(text)!r}") from error


def _json_or_none(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _squeeze(text: str) -> str:
    """The gist of a body that may be a page of HTML: no tags, one line, short."""
    text = re.sub(r"(?is)<(script|style)\b.*?</\1>|<[^>]*>", " ", text[:20_000])
    return " ".join(text.split())[:_QUOTE]


def _some(names: list[str], most: int = 12) -> str:
    """A list of names that stays one line; Kimi's own come first."""
    names = sorted(names, key=lambda name: ("kimi" not in name.lower(), name))
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _retry_after(headers: httpx.Headers, message: str) -> float | None:
    """Seconds to wait, from the header or from the message (protocol §4.2)."""
    for text in (headers.get("retry-after", ""), *re.findall(r"try again after (\d+(?:\.\d+)?) seconds", message)):
        try:
            return max(0.0, float(text))
        except ValueError:
            continue
    return None
