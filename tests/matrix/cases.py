"""What goes wrong, what may truly be said of it, and what may run: the rows of the matrix.

A row is a fault of ``kimi_jupyter.offline.faults`` in one form and at one place. Imports the offline endpoint's values.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from kimi_jupyter.offline.faults import CHUNK_FAULTS, Entry, Fault
from kimi_jupyter.offline.reply import Reply

__all__ = ["ANSWER", "CASES", "CODE", "KEY", "SECOND", "Case"]

#: What must be seen nowhere.
KEY = "sk-canary-5f1d0b7e9a3c4826"
CODE, SECOND, THIRD, FOURTH = "x = 6 * 7\nx", "y = x + 1", "z = y + 1", "z"
ANSWER = "It is **42**, as `x` says.\nNothing else."
_DONE = Reply("The result is there.", ANSWER)
_CALL = Reply("Let me compute it.", "", (("run_python", {"code": CODE, "purpose": "Multiply"}),))
_TWO = Reply("Two things to do.", "", tuple(("run_python", {"code": code}) for code in (CODE, SECOND)))
_TWO_MORE = Reply("Two more.", "", tuple(("run_python", {"code": code}) for code in (THIRD, FOURTH)))
_COMPLETE, _BROKEN = frozenset({"complete"}), frozenset({"incomplete"})
_FAILED = frozenset({"failed"})


@dataclass(frozen=True, slots=True)
class Case:
    """One row.

    Attributes
    ----------
    name
        The fault's key, with its form where there are several.
    script
        What the requests of the turn get.
    streamed, whole
        How the turn may end when replies are streamed, and when they come in one piece; empty if the fault does not
        exist there.
    ran
        The code that must have run, in order.
    requests
        How many may be made, at most.
    """

    name: str
    script: tuple[Entry, ...]
    streamed: frozenset[str] = _COMPLETE
    whole: frozenset[str] = _COMPLETE
    ran: tuple[str, ...] = ()
    requests: int = 3

    @property
    def key(self) -> str:
        """The fault's key."""
        return self.name.partition(" ")[0]

    def truths(self, *, stream: bool) -> frozenset[str]:
        """The ends that are true in a mode; none where the case does not apply."""
        return self.streamed if stream else self.whole


def _answered(name: str, fault: Fault) -> Case:
    """The answer suffers the fault and must be whole all the same."""
    return _in_modes(Case(name, ((fault, _DONE),), requests=1), fault)


def _called(name: str, fault: Fault, reply: Reply, *ran: str) -> Case:
    """Calls suffer the fault; the answer follows."""
    return _in_modes(Case(name, ((fault, reply), _DONE), ran=ran), fault)


def _in_modes(case: Case, fault: Fault) -> Case:
    """Faults of chunks do not exist where there are none."""
    if fault.kind not in CHUNK_FAULTS and fault.kind not in ("no_done", "crlf"):
        return case
    return replace(case, whole=frozenset())


def _broken(name: str, fault: Fault, reply: Reply, whole: frozenset[str] = frozenset()) -> Case:
    """A stream breaks off once something of it was shown: never complete, nothing runs, nothing is asked again."""
    return Case(name, ((fault, reply), _DONE), _BROKEN, whole, requests=1)


def _passes(name: str, fault: Fault, tries: int = 1) -> Case:
    """Asked again, it works."""
    return Case(name, (*[fault] * tries, _DONE), requests=tries + 1)


def _silent(name: str, fault: Fault) -> Case:
    """Asked again where the first word was late; where the whole reply was, that took its half an hour already."""
    return Case(name, (fault, _DONE), whole=_FAILED, requests=2)


def _refused(name: str, fault: Fault) -> Case:
    """Asked once, and told why it failed."""
    return Case(name, (fault, _DONE), _FAILED, _FAILED, requests=1)


def _http(status: int, words: str = "", **more: object) -> tuple[str, Fault]:
    return f"http {status}{f' {words}' if words else ''}", Fault("http", status=status, **more)  # type: ignore[arg-type]


_SAID = (
    _called("leak_section_in_content", Fault("leak_section_in_content"), _CALL, CODE),
    _called("leak_section_in_content singular", Fault("leak_section_in_content", form="singular"), _CALL, CODE),
    _called("leak_section_in_content two", Fault("leak_section_in_content"), _TWO, CODE, SECOND),
    _called("leak_section_in_reasoning", Fault("leak_section_in_reasoning"), _CALL, CODE),
    _answered("leak_end_tokens", Fault("leak_end_tokens")),
    _answered("leak_think_tag", Fault("leak_think_tag")),
    _answered("think_in_content", Fault("think_in_content")),
    _called("finish_stop_with_tools", Fault("finish_stop_with_tools"), _CALL, CODE),
    _called("stop_without_tools", Fault("stop_without_tools"), _CALL),
    _called("empty_choice", Fault("empty_choice"), _CALL),
    _called("empty_args", Fault("empty_args"), _CALL),
    _called("bad_json_args", Fault("bad_json_args"), _CALL, CODE),  # a bare line break: its meaning is not in doubt
    _called("bad_json_args truncated", Fault("bad_json_args", form="truncated"), _CALL),
    _called("dup_ids", Fault("dup_ids"), _TWO, CODE, SECOND),
    Case(
        "dup_ids restart",
        (*((Fault("dup_ids", form="restart"), reply) for reply in (_TWO, _TWO_MORE)), _DONE),
        ran=(CODE, SECOND, THIRD, FOURTH),
    ),
    _called("nameless_call", Fault("nameless_call"), _CALL),
    Case("loop", (Fault("loop"),), *[frozenset({"limit"})] * 2, ran=("1", "1"), requests=8),
)
_WRITTEN = (
    _called("indexless", Fault("indexless"), _TWO, CODE, SECOND),
    _called("string_index", Fault("string_index"), _CALL, CODE),
    _called("string_index two", Fault("string_index"), _TWO, CODE, SECOND),
    _called("out_of_order_index", Fault("out_of_order_index"), _TWO, CODE, SECOND),
    _called("interleaved_calls", Fault("interleaved_calls"), _TWO, CODE, SECOND),
    *(
        _answered(kind, Fault(kind))
        for kind in ("missing_usage", "choice_usage", "top_usage", "finish_usage_twice", "double_finish", "id_switch")
    ),
    _called("double_finish call", Fault("double_finish"), _CALL, CODE),
    *(
        Case(
            f"mid_stream_error {form or 'typed'}",
            ((Fault("mid_stream_error", after=4, form=form), _DONE), _DONE),
            _FAILED,
            frozenset(),
            requests=1,
        )
        for form in ("", "bare", "code")
    ),
    Case(
        "mid_stream_error several lines",
        ((Fault("mid_stream_error", after=4, message="No.\n\nIt broke\n" * 40), _DONE), _DONE),
        _FAILED,
        frozenset(),
        requests=1,
    ),
    Case("mid_stream_error in a call", ((Fault("mid_stream_error", after=5), _CALL), _DONE), _FAILED, frozenset()),
)
_HTTP = (
    _passes(*_http(429, "seconds", retry_after=0.02)),
    _passes(*_http(429, "date", retry_after="Tue, 01 Jan 2019 00:00:00 GMT")),
    _passes(*_http(429, "milliseconds", headers={"retry-after-ms": "20"})),
    _passes(*_http(429, "nonsense", retry_after="soon")),
    _passes(*_http(429, "negative", retry_after=-5)),
    *(_passes(*_http(status)) for status in (500, 502, 503, 504, 529)),
    _passes("http 503 four times", Fault("http", status=503), 4),
    Case("http 503 for ever", tuple([Fault("http", status=503)] * 9), _FAILED, _FAILED, requests=5),
    _refused(*_http(429, "quota", type="exceeded_current_quota_error")),
    _refused(*_http(429, "tomorrow", retry_after=86_400)),
    *(_refused(*_http(status)) for status in (400, 401, 403, 404)),
    _refused(*_http(402, body="{}")),
    _refused(*_http(413, body="<html>too large</html>")),
    _refused(*_http(400, "several lines", message="No.\n\nTraceback:\n  at serve()\n" * 40)),
    _refused(*_http(401, "key echoed", message=f"Incorrect API key provided: {KEY}")),
    *(
        _refused(*_http(status, headers={"Location": "http://127.0.0.1:9/elsewhere"}, body=""))
        for status in (301, 302, 307, 308)
    ),
    _refused("error_200", Fault("error_200")),
    _refused("raw html", Fault("raw", headers={"Content-Type": "text/html"}, body="<html><b>Log in</b></html>")),
    _refused("raw no json", Fault("raw", body="data: {broken\n\n")),
    _refused("raw a list", Fault("raw", body="data: [1, 2]\n\n")),
    _refused("raw json of no chat", Fault("raw", headers={"Content-Type": "application/json"}, body="[]")),
    _refused("raw error event", Fault("raw", body='event: error\ndata: {"message": "overloaded"}\n\n')),
    _passes("raw empty", Fault("raw", body="")),
    _passes("raw done only", Fault("raw", body="data: [DONE]\n\n")),
)
_EITHER = _BROKEN | _COMPLETE
_SILENT = Fault("stall", after=6, seconds=5, every=0.05)
_WIRE = (
    _answered("delay", Fault("delay", seconds=0.02)),
    _silent("slow_first_byte", Fault("slow_first_byte", seconds=5)),
    _silent("slow_first_byte comments", Fault("slow_first_byte", seconds=5, every=0.05)),
    _broken("stall", Fault("stall", after=6, seconds=5), _DONE),
    _broken("stall comments", _SILENT, _DONE),
    _broken("stall in a call", Fault("stall", after=2, seconds=5), Reply("Go.", "", _CALL.calls)),
    _broken("truncate_no_finish in reasoning", Fault("truncate_no_finish", after=4), _DONE),
    _broken("truncate_no_finish in text", Fault("truncate_no_finish", after=4), Reply("", ANSWER)),
    _broken("truncate_no_finish in a call", Fault("truncate_no_finish", after=2), Reply("", "", _CALL.calls)),
    Case(
        "truncate_no_finish in bytes",
        ((Fault("truncate_no_finish", at_byte=200), _DONE), _DONE),
        _EITHER | _FAILED,
        _FAILED,
    ),
    _answered("no_done", Fault("no_done")),
    _called("no_done call", Fault("no_done"), _CALL, CODE),
    *(_broken(f"{kind} in text", Fault(kind, after=4), Reply("", ANSWER)) for kind in ("cut", "rst", "eof")),
    *(_broken(f"{kind} in a call", Fault(kind, after=2), Reply("Go.", "", _CALL.calls)) for kind in ("cut", "eof")),
    *(
        Case(f"{kind} at once", ((Fault(kind, at_byte=0), _DONE), _DONE), _EITHER, _EITHER)
        for kind in ("cut", "rst", "eof")
    ),
    *(
        Case(f"{kind} in bytes", ((Fault(kind, at_byte=300), _DONE), _DONE), _EITHER | _FAILED, _EITHER | _FAILED)
        for kind in ("cut", "rst", "eof")
    ),
    _answered("eof at the end", Fault("eof")),
    _answered("split 1", Fault("split", size=1)),
    _answered("split 1 to 7", Fault("split", size=0, seed=3)),
    _called("split call", Fault("split", size=0, seed=5), _CALL, CODE),
    _answered("crlf", Fault("crlf")),
    _answered("crlf cr", Fault("crlf", form="cr")),
)
#: Every row.
CASES = _SAID + _WRITTEN + _HTTP + _WIRE
