"""The HTTP client: a request out, deltas back.

The only module that opens connections. It needs httpx and httpx-sse, imported when the first client is made, so that
loading the extension stays cheap. One request is one try: what is tried again is :mod:`.retry`'s to say.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import BadReply, EndpointError, ModelNotFound, Refused, Silent, Unreachable
from ..providers import serving
from .deadlines import Deadlines, Watch
from .encoding import Encoder
from .refusals import brief, json_or_none, refusal
from .stream import ERROR_LIMIT, head, payloads
from .wire import Delta, error_in, parse_chunk

if TYPE_CHECKING:
    import httpx

    from ..settings import Endpoint

__all__ = ["HttpClient", "ModelClient"]

#: Bytes of an answer that is no chat reply, at most.
_ANSWER_LIMIT = 8_000_000


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
    deadlines
        How long a request may take; by default what the endpoint's network says.

    Raises
    ------
    SettingsError
        The certificates to trust can't be loaded.
    """

    def __init__(self, endpoint: Endpoint, deadlines: Deadlines | None = None) -> None:
        _load_httpx()
        import httpx

        network = endpoint.network
        self._endpoint = endpoint
        self._deadlines = deadlines or Deadlines(first=network.first_seconds, progress=network.read_seconds)
        self._encoder = Encoder()
        trusted = _trusted(endpoint)
        self._http = httpx.AsyncClient(
            base_url=endpoint.base_url.rstrip("/") + "/",
            headers=_headers(endpoint),
            # The deadlines are ours: bytes alone are no progress.
            timeout=httpx.Timeout(None, connect=network.connect_seconds),
            follow_redirects=False,  # a redirect would carry key and data elsewhere
            trust_env=False,  # the environment may have changed since the extension was loaded (hazards KEY-04)
            proxy=_proxy(network.proxy, trusted),
            verify=trusted,
        )

    async def close(self) -> None:
        """Drop the connection."""
        await self._http.aclose()

    async def stream(
        self, body: dict[str, Any], *, observe: Callable[[httpx.Response], object] | None = None
    ) -> AsyncGenerator[Delta]:
        """Send a request body and yield its deltas; see :class:`ModelClient`.

        ``observe`` is given the response before its body is read, and may wrap its ``stream``.
        """
        whole = not body.get("stream", True)  # a reply in one piece comes when it is done
        deltas = self._deltas(body, observe)
        try:
            with Watch(self._deadlines, whole=whole) as watch:
                while True:
                    watch.waiting = True
                    try:
                        delta = await anext(deltas, None)
                    except asyncio.CancelledError:
                        watch.forgive()
                        raise self._silence(watch) from None
                    watch.waiting = False
                    if delta is None:
                        return
                    watch.progress()
                    yield delta
        except EndpointError as error:
            self._take_secrets_out(error)
            raise
        finally:
            await deltas.aclose()

    async def _deltas(
        self, body: dict[str, Any], observe: Callable[[httpx.Response], object] | None
    ) -> AsyncGenerator[Delta]:
        import httpx

        content = self._encoder.encode(body)
        try:
            async with self._http.stream("POST", "chat/completions", content=content) as response:
                if observe is not None:
                    observe(response)
                if response.status_code != 200:
                    raise await self._refusal(response, body["model"])
                async for payload in payloads(response):
                    yield self._delta(payload)
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    async def models(self) -> list[str]:
        """The ids the endpoint lists at ``GET /models``; ``[]`` where it lists none."""
        import httpx

        try:
            response = await self._http.get("models", timeout=self._endpoint.network.connect_seconds)
            data = json.loads(self._endpoint.mask(response.text))["data"] if response.status_code == 200 else []
            return [str(entry["id"]) for entry in data]
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return []

    async def post(self, path: str, body: dict[str, Any], *, seconds: float) -> Any:
        """Ask something other than the chat; returns the JSON value that was answered.

        Parameters
        ----------
        path
            Below the base URL, without a slash in front.
        body
            Sent as JSON.
        seconds
            How long it may take in all.

        Raises
        ------
        EndpointError
            There was no such answer; ``Refused`` where it was an HTTP error.
        """
        return await self._ask("POST", path, body, seconds)

    async def get(self, path: str, *, seconds: float) -> Any:
        """Read something; otherwise as :meth:`post`."""
        return await self._ask("GET", path, None, seconds)

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None, seconds: float) -> Any:
        try:
            async with asyncio.timeout(seconds):
                return await self._answer(method, path, body)
        except TimeoutError:
            raise Silent(f"{self._endpoint.provider.title} did not answer within {seconds:.0f} s.") from None
        except EndpointError as error:
            self._take_secrets_out(error)
            raise

    async def _answer(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        import httpx

        headers = {"Accept": "application/json"}
        try:
            async with self._http.stream(method, path, json=body, headers=headers) as response:
                if response.status_code != 200:
                    text = (await head(response, ERROR_LIMIT)).decode("utf-8", "replace")
                    raise refusal(self._endpoint, response.status_code, response.headers, text)
                text = (await head(response, _ANSWER_LIMIT, whole=True)).decode("utf-8", "replace")
                answer = json_or_none(self._endpoint.mask(text))
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error
        if answer is None:
            raise BadReply(f"{self._endpoint.provider.title} answered {path} with something that is no JSON.")
        return answer

    def _take_secrets_out(self, error: EndpointError) -> None:
        """Should an error quote an answer that echoed the key (hazards KEY-16)."""
        error.args = (self._endpoint.mask(str(error)),)
        if isinstance(error, Refused):
            error.kind = self._endpoint.mask(error.kind)

    def _delta(self, payload: Any) -> Delta:
        error = error_in(payload)
        if error is not None:
            raise self._broke_off(*error)
        return parse_chunk(payload)

    def _broke_off(self, message: str, kind: str) -> BadReply:
        said = brief(self._endpoint.key.mask(message))
        return BadReply(f"{self._endpoint.provider.title} broke off: {said}{f' ({kind})' if kind else ''}")

    async def _refusal(self, response: httpx.Response, model: str) -> EndpointError:
        text = (await head(response, ERROR_LIMIT)).decode("utf-8", "replace")
        error = refusal(self._endpoint, response.status_code, response.headers, text)
        is_model = isinstance(error, Refused) and error.status == 404
        if is_model and ("model" in str(error).lower() or error.kind == "resource_not_found_error"):  # type: ignore[attr-defined]
            return ModelNotFound(await self._not_found(model), status=404, kind="resource_not_found_error")
        return error

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

    def _silence(self, watch: Watch) -> Silent:
        title, total = self._endpoint.provider.title, self._deadlines.total
        if watch.spent:  # half an hour is not waited for again unasked
            error = Silent(f"{title} was not done after {total:.0f} s; run the cell again.")
            error.passing = False
            return error
        return Silent(f"{title} sent nothing for {watch.waited:.0f} s; run the cell again.")

    def _unreachable(self, error: httpx.HTTPError) -> EndpointError:
        import httpx

        detail = self._endpoint.key.mask(str(error) or type(error).__name__)
        url, title = self._endpoint.base_url, self._endpoint.provider.title
        seconds = self._endpoint.network.connect_seconds
        match error:
            case httpx.ProxyError():
                return Unreachable(f"The proxy refused {url}: {detail}. Check HTTPS_PROXY and NO_PROXY.", passing=False)
            case httpx.ConnectTimeout():
                return Unreachable(f"No connection to {url} within {seconds:.0f} s; check the network or a proxy.")
            case httpx.ConnectError() if "certificate" in detail.lower() or "ssl" in detail.lower():
                line = f"The certificate of {url} was not accepted: {detail}. {_advice(detail)}"
                return Unreachable(line, passing=False)
            case httpx.ConnectError():
                line = f"Can't reach {url}: {detail}. Check the network, or choose another with %kimi provider NAME."
                return Unreachable(line)
            case _:
                return Unreachable(f"The connection to {title} broke: {detail}. Run the cell again.")


def _load_httpx() -> None:
    """Import httpx without its command line: that brings click and rich where they are, three quarters of the time."""
    if "httpx" not in sys.modules:
        sys.modules["httpx._main"] = None  # type: ignore[assignment]  # as if they were not there
        try:
            import httpx  # noqa: F401
        finally:
            del sys.modules["httpx._main"]


def _trusted(endpoint: Endpoint) -> ssl.SSLContext:
    """Whom TLS trusts: nobody where there is none, for loading all authorities takes a while."""
    network = endpoint.network
    encrypted = endpoint.base_url.startswith("https:") or network.proxy.startswith("https:")
    return network.context() if encrypted else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _proxy(address: str, trusted: ssl.SSLContext) -> httpx.Proxy | None:
    import httpx

    encrypted = address.startswith("https:")
    return httpx.Proxy(address, ssl_context=trusted if encrypted else None) if address else None


def _headers(endpoint: Endpoint) -> Mapping[str, str]:
    headers = {
        "Content-Type": "application/json",
        "Accept": "text/event-stream",
        "Accept-Encoding": "identity",  # a compressed stream is delayed, and can be a bomb (hazards NET-14)
        "User-Agent": "kimi-jupyter",
    }
    own = endpoint.network.headers
    headers = {name: value for name, value in headers.items() if name.lower() not in {other.lower() for other in own}}
    headers.update(own)
    key = endpoint.key.reveal()
    if key:
        headers["Authorization"] = f"Bearer {key}"
    return headers


def _advice(detail: str) -> str:
    """What to do about a certificate that was not accepted."""
    if "issuer" in detail or "self-signed" in detail or "self signed" in detail:
        return "If your own authority issued it, name its file: %config KimiMagics.ca_bundle = 'PATH'"
    return "Check the base URL and this machine's clock; whoever runs the endpoint may have to renew it."


def _some(names: list[str], most: int = 12) -> str:
    """A list of names that stays one line; Kimi's own come first."""
    names = sorted(names, key=lambda name: ("kimi" not in name.lower(), name))
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
