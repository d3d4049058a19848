"""The audit: a chain of lines, each of which covers the one before, so that a change of the past shows (hazards §2.9).

A line holds hashes and no text: what was said can be forgotten and the chain still be verified. What it can't show: who
may write to the file may also make the whole chain anew, and a line that was cut off with the head corrected to fit is
missed by nobody. Whoever notes a head elsewhere can have it looked for (:func:`verify`). Imports ``rows``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from .rows import AuditEntry

if TYPE_CHECKING:
    import sqlite3

__all__ = ["FIRST", "add", "compare", "digest_of", "entry", "verify"]

#: Stands for the hash before the first line.
FIRST = "0" * 64
_ALLOWING = ("run", "edit")


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


def compare(rows: Iterable[tuple[Any, ...]], decisions: Iterable[tuple[Any, ...]]) -> Iterator[tuple[int, str]]:
    """Compare runs with decisions, and what is kept of decisions with the chain; yield what does not fit.

    Parameters
    ----------
    rows
        All lines by ``seq``.
    decisions
        Of each decision that is still kept: turn, call, digest, verdict, decider, code, edited code, when its run
        started or ``None``, and how that ended.
    """
    decided: dict[tuple[str, str], AuditEntry] = {}
    started: set[tuple[str, str]] = set()
    last = 0
    for line in map(entry, rows):
        of, last = (line.turn, line.call), line.seq
        if line.kind == "decided":
            if of in decided:
                yield line.seq, f"line {line.seq} decides a second time on {line.call}"
            decided[of] = line
        elif line.kind == "started":
            if of in started or of not in decided or decided[of].facts.get("verdict") not in _ALLOWING:
                yield line.seq, f"line {line.seq} runs {line.call} without exactly one approval before it"
            started.add(of)
    for turn, call, digest, verdict, by, code, edited, ran, _ in decisions:
        known = decided.get((turn, call))
        if known is None:
            yield last, f"the decision on {call} is not in the chain"
        elif not _same(known.facts, {"digest": digest, "verdict": verdict, "by": by}, {"code": code, "edited": edited}):
            yield known.seq, f"the decision of line {known.seq} was changed in the store"
        if ran is not None and (turn, call) not in started:
            yield last, f"the run of {call} is not in the chain"


def _same(facts: dict[str, object], values: dict[str, object], texts: dict[str, str | None]) -> bool:
    """Whether a decision is what its line tells; a text that was not kept (``""``) says nothing."""
    return all(facts.get(name) == value for name, value in values.items()) and all(
        text == "" or facts.get(name) == digest_of(text) for name, text in texts.items()
    )
