"""The routes of the offline endpoint, and who may use them. Imports tornado.

The server listens on loopback, but every page in the user's browser can reach that. So a request must name a loopback
host (no rebound DNS name), come from no foreign origin, and bring the key; nothing here sends a CORS header (hazards
SEC-01).
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from types import TracebackType
from typing import Any

from tornado.web import Application, HTTPError, RequestHandler

from .chat import Chat
from .delivery import Delivery, deliver, plan
from .faults import HTTP_FAULTS, Fault, Script
from .files import Files
from .formulas import list_tools, run_fiber
from .history import check_messages
from .problem import NOT_FOUND, Problem
from .record import Received, Record
from .reply import Reply
from .served import SERVED, find_model
from .validation import parse_body

__all__ = ["Service", "make_application"]

_HOST = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?", re.IGNORECASE)
_ORIGIN = re.compile(rf"https?://{_HOST.pattern}", re.IGNORECASE)
#: USD an account of the offline endpoint starts with; it is play money and never runs out of use.
_VOUCHER = 100.0
_LOG = logging.getLogger(__name__)


class Service:
    """What the routes share.

    Parameters
    ----------
    key
        The key to ask for.
    chat
        Answers chat requests.
    """

    def __init__(self, key: str, chat: Chat) -> None:
        self.key = key
        self.chat = chat
        self.files = Files()
        self.record = Record()
        self.scripts: dict[str, Script] = {}
        self.traces = count(1)

    def take(self, path: str) -> tuple[tuple[Fault, ...], Reply | None]:
        """What the script has for the next request of a path."""
        script = self.scripts.get(path)
        return script.take() if script is not None else ((), None)


def make_application(service: Service) -> Application:
    """All routes of protocol §12; everything else is its 404."""
    routes: list[tuple[str, type[_Route]]] = [
        (r"/v1/chat/completions", _Completions),
        (r"/v1/models", _Models),
        (r"/v1/models/(.+)", _Model),
        (r"/v1/tokenizers/estimate-token-count", _Estimate),
        (r"/v1/users/me/balance", _Balance),
        (r"/v1/files", _Uploads),
        (r"/v1/files/([^/]+)", _Upload),
        (r"/v1/files/([^/]+)/content", _Content),
        (r"/v1/formulas/([^/]+/[^/]+)/tools", _FormulaTools),
        (r"/v1/formulas/([^/]+/[^/]+)/fibers", _Fibers),
    ]
    return Application(
        [(path, route, {"service": service}) for path, route in routes],
        default_handler_class=_Route,
        default_handler_args={"service": service},
        log_function=lambda _: None,  # the user's kernel is no place for an access log
    )


class _Route(RequestHandler):
    """A request let in or refused; by itself it is the route that isn't there."""

    def initialize(self, service: Service) -> None:
        self.service = service
        self.trace = f"offline-{next(service.traces):08d}"

    async def prepare(self) -> None:
        request = self.request
        headers = {name.lower(): value for name, value in request.headers.items()}
        self._received = Received(request.method or "", request.uri or "", headers, request.body)
        self.service.record.add(self._received)
        _check_origin(headers)
        _check_key(headers, self.service.key)
        self.faults, self.scripted = self.service.take(request.path)
        for fault in self.faults:
            if fault.kind == "delay":
                await asyncio.sleep(fault.seconds)
        if fault_instead := next((fault for fault in self.faults if fault.kind in HTTP_FAULTS), None):
            await self._deliver_fault(fault_instead)
        elif type(self) is _Route:
            raise Problem(404, "resource_not_found_error", NOT_FOUND)

    async def _deliver_fault(self, fault: Fault) -> None:
        if fault.kind == "error_200":
            body = json.dumps(fault.error().body()).encode()
            delivery = Delivery(200, {"Content-Type": "application/json"}, [body])
        else:
            status, headers, body = fault.response()
            delivery = Delivery(status, headers, [body], streamed=fault.kind == "raw")
        await self.deliver(plan(delivery, self.faults))

    async def deliver(self, delivery: Delivery) -> None:
        self._received.status = delivery.status
        trace = {"X-Trace-Id": self.trace, "X-Request-Id": self.trace}
        await deliver(self, replace(delivery, headers={**trace, **delivery.headers}))

    def send(self, body: Mapping[str, Any]) -> None:
        """Answer with JSON."""
        self._received.status = 200
        self.finish(json.dumps(body, ensure_ascii=False))

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        self.set_header("Content-Type", "application/json")

    def compute_etag(self) -> None:
        return None

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs["exc_info"][1] if "exc_info" in kwargs else None
        if not isinstance(error, Problem):
            missing = isinstance(error, HTTPError) and error.status_code in (404, 405)
            error = Problem(404, "resource_not_found_error", NOT_FOUND) if missing else _failure(status_code, error)
        self.set_status(error.status)
        self._received.status = error.status
        self.finish(json.dumps(error.body(), ensure_ascii=False))

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if value is not None and not isinstance(value, Problem | HTTPError):
            _LOG.error("The offline endpoint failed on %s", self.request.path, exc_info=value)


def _failure(status: int, error: BaseException | None) -> Problem:
    kind = "invalid_request_error" if 400 <= status < 500 else "server_error"
    return Problem(status, kind, f"{type(error).__name__}: {error}" if error else "The offline endpoint failed")


def _check_origin(headers: Mapping[str, str]) -> None:
    host, origin = headers.get("host", ""), headers.get("origin")
    if not _HOST.fullmatch(host):
        raise Problem(403, "permission_denied_error", f"The offline endpoint is not reachable as {host[:100]!r}")
    if origin is not None and not _ORIGIN.fullmatch(origin):
        raise Problem(403, "permission_denied_error", f"The offline endpoint does not answer pages of {origin[:100]!r}")


def _check_key(headers: Mapping[str, str], key: str) -> None:
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not given.strip():
        raise Problem(401, "invalid_authentication_error", "Invalid Authentication")
    if not hmac.compare_digest(given.strip().encode(), key.encode()):
        raise Problem(401, "incorrect_api_key_error", "Incorrect API key provided")


# ---- the routes ------------------------------------------------------------------------------------------------------


class _Completions(_Route):
    async def post(self) -> None:
        await self.deliver(self.service.chat.answer(self.request.body, self.faults, self.scripted))


class _Models(_Route):
    def get(self) -> None:
        self.send({"object": "list", "data": [model.listed() for model in SERVED.values()]})


class _Model(_Route):
    def get(self, name: str) -> None:
        self.send(find_model(name, aliases=self.service.chat.dialect.aliases).listed())


class _Estimate(_Route):
    """Counts messages only, as the real one does (protocol §5.1)."""

    def post(self) -> None:
        body = parse_body(self.request.body)
        model = find_model(str(body.get("model")), aliases=self.service.chat.dialect.aliases)
        check_messages(body.get("messages"), thinking=False, vision=model.vision, replayed=())
        prompt = self.service.chat.tokens.prompt({"messages": body["messages"]})
        self.send({"data": {"total_tokens": prompt.tokens}})


class _Balance(_Route):
    def get(self) -> None:
        left = round(_VOUCHER - self.service.chat.spent, 5)
        data = {"available_balance": left, "voucher_balance": left, "cash_balance": 0.0}
        self.send({"code": 0, "data": data, "scode": "0x0", "status": True})


class _Uploads(_Route):
    def get(self) -> None:
        self.send(self.service.files.list())

    def post(self) -> None:
        uploads = self.request.files.get("file")
        if not uploads:
            raise Problem(400, "invalid_request_error", "Invalid request: multipart field 'file' is missing")
        purpose = self.get_body_argument("purpose", "")
        stored = self.service.files.add(uploads[0].filename, uploads[0].body, purpose, int(time.time()))
        self.send(stored.body())


class _Upload(_Route):
    def get(self, file_id: str) -> None:
        self.send(self.service.files.find(file_id).body())

    def delete(self, file_id: str) -> None:
        self.send(self.service.files.delete(file_id))


class _Content(_Route):
    def get(self, file_id: str) -> None:
        self._received.status = 200
        self.finish(self.service.files.content(file_id))


class _FormulaTools(_Route):
    def get(self, uri: str) -> None:
        self.send(list_tools(uri))


class _Fibers(_Route):
    def post(self, uri: str) -> None:
        self.send(run_fiber(uri, parse_body(self.request.body), f"fiber-{self.trace}"))
