"""The audit: a chain of lines, each of which covers the one before, so that a change of the past shows (hazards §2.9).

A line holds hashes and no text: what was said can be forgotten and the chain still be verified. What it can't show: who
may write to the file may also make the whole chain anew, and a line that was cut off with the head corrected to fit is
missed by nobody. Whoever notes a head elsewhere can have it looked for (:func:`verify`). Imports ``rows``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from .rows import AuditEntry

if TYPE_CHECKING:
    import sqlite3

__all__ = ["FIRST", "Kept", "add", "compare", "digest_of", "entry", "verify"]

#: Stands for the hash before the first line.
FIRST = "0" * 64
_ALLOWING = ("run", "edit")
#: Facts that are texts, of which a line has the hash.
_HASHED = ("code", "edited", "result")


def digest_of(text: str | None) -> str | None:
    """A text as the audit knows it: its SHA-256, in hex."""
    return None if text is None else hashlib.sha256(text.encode()).hexdigest()


def add(db: sqlite3.Connection, at: str, kind: str, turn: str, call: str, facts: dict[str, Any]) -> None:
    """Add a line; in the transaction of what it tells, so that there is never one without the other."""
    head = db.execute("SELECT seq, hash FROM audit_head").fetchone()
    seq, before = (head[0] + 1, head[1]) if head else (1, FIRST)
    body = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    line = _hash(before, seq, at, kind, turn, call, body)
    db.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?)", (seq, at, kind, turn, call, body, line))
    db.execute("INSERT OR REPLACE INTO audit_head VALUES (1, ?, ?)", (seq, line))


def entry(row: Iterable[Any]) -> AuditEntry:
    """A line as a value; one whose facts can't be read has none."""
    seq, at, kind, turn, call, body, line = row
    try:
        facts = json.loads(body)
    except (TypeError, ValueError):
        facts = {}
    return AuditEntry(seq, at, kind, turn, call, facts if isinstance(facts, dict) else {}, line)


def _hash(before: str, *line: object) -> str:
    """Covers a line and the one before: JSON keeps apart what stands side by side."""
    return hashlib.sha256(json.dumps([before, *line], ensure_ascii=False).encode()).hexdigest()


def verify(rows: Iterable[tuple[Any, ...]], head: tuple[int, str] | None, noted: str = "") -> Iterator[tuple[int, str]]:
    """Go through the chain and yield what is wrong: the sequence number, and in words what.

    Parameters
    ----------
    rows
        All lines by ``seq``.
    head
        Number and hash of the last line as the store noted it.
    noted
        A hash that the user noted elsewhere; it has to be in the chain.
    """
    expected, before, seen = 1, FIRST, False
    for seq, at, kind, turn, call, body, line in rows:
        if seq != expected:  # what the line behind a gap was hashed with is not there either
            yield expected, _missing(expected, seq - 1)
        elif line != _hash(before, seq, at, kind, turn, call, body):
            yield seq, f"line {seq} was changed, or stands in another's place"
        seen = seen or line == noted
        expected, before = seq + 1, line
    yield from _verify_end(expected, before, head)
    if noted and not seen:
        yield expected - 1, f"the head {noted[:12]}… that was noted is not in the chain"


def _missing(first: int, last: int) -> str:
    return f"line {first} is missing" if first == last else f"lines {first} to {last} are missing"


def _verify_end(expected: int, before: str, head: tuple[int, str] | None) -> Iterator[tuple[int, str]]:
    if head is None:
        if expected > 1:
            yield expected - 1, "the head of the chain is missing"
    elif head[0] >= expected:
        yield expected, f"{_missing(expected, head[0])} at the end"
    elif head != (expected - 1, before):
        yield expected - 1, "the last line is not the head of the chain"


class Kept(NamedTuple):
    """A decision that is still kept, with its run: when that started, how it ended, what the model was told."""

    turn: str
    call: str
    digest: str
    verdict: str
    by: str
    code: str | None
    edited: str | None
    started: str | None
    status: str | None
    result: str | None


def compare(rows: Iterable[tuple[Any, ...]], kept: Iterable[Kept]) -> Iterator[tuple[int, str]]:
    """Compare runs with decisions, and what is kept of both with the chain; yield what does not fit.

    Parameters
    ----------
    rows
        All lines by ``seq``.
    kept
        The decisions that are still kept.
    """
    known: dict[tuple[str, str, str], AuditEntry] = {}
    last = 0
    for line in map(entry, rows):
        last, of = line.seq, (line.turn, line.call)
        decision = known.get(("decided", *of))
        allowed = decision is not None and decision.facts.get("verdict") in _ALLOWING
        if line.kind == "decided" and decision is not None:
            yield last, f"line {last} decides a second time on {line.call}"
        if line.kind == "started" and (("started", *of) in known or not allowed):
            yield last, f"line {last} runs {line.call} without exactly one approval before it"
        known[(line.kind, *of)] = line
    for one in kept:
        lines = {kind: known.get((kind, one.turn, one.call)) for kind in ("decided", "started", "finished")}
        yield from _compared(one, last, **lines)


def _compared(
    one: Kept, last: int, decided: AuditEntry | None, started: AuditEntry | None, finished: AuditEntry | None
) -> Iterator[tuple[int, str]]:
    """What is kept of a decision, beside its lines."""
    if decided is None:
        yield last, f"the decision on {one.call} is not in the chain"
    elif not _same(decided, digest=one.digest, verdict=one.verdict, by=one.by, code=one.code, edited=one.edited):
        yield decided.seq, f"the decision of line {decided.seq} was changed in the store"
    if one.started is not None and started is None:
        yield last, f"the run of {one.call} is not in the chain"
    elif finished is None and one.status not in (None, "unknown"):
        yield last, f"the end of {one.call}'s run is not in the chain"
    elif finished is not None and not _same(finished, status=one.status, result=one.result):
        yield finished.seq, f"the run of line {finished.seq} was changed in the store"


def _same(line: AuditEntry, **kept: str | None) -> bool:
    """Whether what is kept is what a line tells; a text that was not kept (``""``) says nothing."""
    return all(
        line.facts.get(name) == (digest_of(value) if name in _HASHED else value)
        for name, value in kept.items()
        if name not in _HASHED or value != ""
    )
