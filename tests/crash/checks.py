"""What has to be true of the store after a process was killed."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kimi_jupyter.agent.conversation import HEALED
from kimi_jupyter.chat.messages import message_to_dict
from kimi_jupyter.store import Store, default_path

from .processes import Told

__all__ = ["faults_of"]

Lines = list[dict[str, Any]]

#: What a call's code writes down when it runs.
_MARK = re.compile(r"turn-\d+-step-\d+-call-\d+")


def faults_of(victim: Told, survivor: Told, marks: Path, *, alone: bool) -> Iterator[str]:
    """What does not hold, in words.

    Parameters
    ----------
    victim, survivor
        What the two processes told of.
    marks
        The file in which the code that ran left its marks.
    alone
        Whether no other process was in the victim's conversation. Where one was, a call that was cut off is no longer
        the last, and is answered whenever the conversation is read instead of once and for all.
    """
    for who, told in (("killed", victim), ("next", survivor)):
        if told.fell or (who == "next" and told.ended is None):
            yield f"the {who} process fell over"
        elif told.ended is not None and told.ended["ended"] != "complete" and not _nothing_to_leave_out(who, told):
            yield f"the {who} process's turn ended as {told.ended['ended']}: {told.ended['message']}"
    lines = victim.lines + survivor.lines
    store = Store(default_path())
    try:
        if store.warning:
            yield f"the store was not sound: {store.warning}"
        yield from _lost(store, lines)
        yield from (f"the audit, line {number}: {what}" for number, what in store.verify_audit())
    finally:
        store.close()
    yield from _rows(lines, marks, alone)


def _nothing_to_leave_out(who: str, told: Told) -> bool:
    """A first question that the endpoint finds too long can't be shortened."""
    return who == "killed" and told.ended is not None and "too long" in told.ended["message"]


def _lost(store: Store, told: Lines) -> Iterator[str]:
    """Messages that were acknowledged and are not there, in their order."""
    said = [(line["conversation"], line["message"]) for line in told if "conversation" in line]
    for conversation in {key for key, _ in said}:
        kept = iter([json.loads(json.dumps(message_to_dict(one))) for one in store.messages(conversation)])
        for message in (message for key, message in said if key == conversation):
            if message not in kept:  # goes on from the one before: in order, or not at all
                yield f"a message of {message['role']} is lost or out of order"
                return


#: What has to be in the store once an event was acknowledged.
_KEPT = {
    "Decided": "SELECT 1 FROM decisions WHERE turn = :turn AND call = :call",
    "CallStarted": "SELECT 1 FROM executions JOIN decisions ON number = decision WHERE turn = :turn AND call = :call",
    "CallFinished": "SELECT 1 FROM executions JOIN decisions ON number = decision "
    "WHERE turn = :turn AND call = :call AND status IS NOT NULL AND status <> 'unknown'",
    "UsageReported": "SELECT 1 FROM usage WHERE turn = :turn",
    "TurnEnded": "SELECT 1 FROM turns WHERE id = :turn AND reason IS NOT NULL",
}


def _rows(told: Lines, marks: Path, alone: bool) -> Iterator[str]:
    db = sqlite3.connect(f"file:{default_path()}?mode=ro", uri=True)
    try:
        yield from (f"the file: {what}" for (what,) in db.execute("PRAGMA integrity_check") if what != "ok")
        for line in told:
            query = _KEPT.get(line.get("event", ""))
            if query and not db.execute(query, {"turn": line["turn"], "call": line["call"]}).fetchone():
                yield f"{line['event']} of {line['call'] or 'the turn'} was acknowledged and is lost"
        yield from _runs(db, marks)
        yield from _untold(db) if alone else ()
    finally:
        db.close()


def _runs(db: sqlite3.Connection, marks: Path) -> Iterator[str]:
    """Code that ran twice, or that nobody had allowed before, or whose run the store does not know."""
    allowed = Counter(
        _MARK.findall(code)[0]
        for (code,) in db.execute(
            "SELECT d.code FROM executions JOIN decisions d ON d.number = decision "
            "WHERE d.verdict IN ('run', 'edit') AND d.at <= started"
        )
    )
    for mark, times in Counter(marks.read_text().split()).items():
        if times != 1 or allowed[mark] != 1:
            yield f"{mark} ran {times} times, with {allowed[mark]} approvals before"


def _untold(db: sqlite3.Connection) -> Iterator[str]:
    """Calls that were answered as if they had ended, or not: what the model is told is what the store knows."""
    for call, status, body in db.execute(
        "SELECT d.call, coalesce(e.status, CASE WHEN e.started IS NULL THEN 'not run' ELSE 'open' END), m.body "
        "FROM decisions d LEFT JOIN executions e ON e.decision = d.number "
        "LEFT JOIN messages m ON m.conversation = d.conversation AND json_extract(m.body, '$.call') = d.call"
    ):
        told = str(json.loads(body)["text"]) if body is not None else ""
        if status == "open" or not told or (status != "unknown" and (status == "not run") != (told == HEALED)):
            yield f"{call} is {status}, and the model was told {told[:60]!r}"
