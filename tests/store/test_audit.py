"""The audit: what is done to it behind the store's back is told with its number (hazards §2.9, STO-18 to STO-20)."""

from __future__ import annotations

from pathlib import Path

import pytest

from kimi_jupyter.chat.events import Decided
from kimi_jupyter.store import Store
from tests.support.stores import CANARY, begin, change, decide, proposal, ran, rows, written

#: Lines of the audit of each store here: three calls that ran, with four lines, and one that was refused.
LINES = 14


@pytest.fixture
def audited(store: Store) -> Store:
    """A store with a refused call between two that ran and one that was edited."""
    _, turn = begin(store)
    for call, verdict in (("c:1", "run"), ("c:2", "deny"), ("c:3", "edit"), ("c:4", "run")):
        ran(store, turn, call, f"code_of_{call[-1]}", verdict)  # type: ignore[arg-type]
    assert store.verify_audit() == []
    assert store.audit_head()[0] == LINES
    return store


def test_the_audit_tells_who_decided_what_when_and_how_it_ended(audited: Store) -> None:
    entries = audited.audit()
    assert [entry.seq for entry in entries] == [*range(1, LINES + 1)]
    assert [entry.kind for entry in entries if entry.call == "c:3"] == ["proposed", "decided", "started", "finished"]
    proposed, decided = (entry.facts for entry in entries if entry.call == "c:3" and "digest" in entry.facts)
    assert decided["verdict"] == "edit"
    assert decided["by"] == "user"
    assert (decided["provider"], decided["model"]) == ("moonshot", "kimi-k2-thinking")
    assert proposed["digest"] == decided["digest"] == "d" * 64
    assert proposed["code"] == decided["code"] != decided["edited"]
    assert [entry.facts["status"] for entry in entries if entry.kind == "finished"] == ["ok"] * 3
    assert audited.audit(last=2) == entries[-2:]


EDITS = {
    "a fact": "UPDATE audit SET body = replace(body, 'user', 'rule') WHERE seq = {0}",
    "when": "UPDATE audit SET at = '2020-01-01' WHERE seq = {0}",
    "what": "UPDATE audit SET kind = 'noted' WHERE seq = {0}",
    "which call": "UPDATE audit SET call = 'c:9' WHERE seq = {0}",
    "which turn": "UPDATE audit SET turn = turn || 'x' WHERE seq = {0}",
    "its hash": "UPDATE audit SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE seq = {0}",
    "its facts": "UPDATE audit SET body = 'no JSON' WHERE seq = {0}",
}


@pytest.mark.parametrize("edit", EDITS)
def test_sto_18_an_edited_line_is_told_by_its_number(edit: str, audited: Store, path: Path) -> None:
    change(path, "CREATE TABLE whole AS SELECT * FROM audit")
    for line in (2, 8, 12):
        change(path, EDITS[edit].format(line))
        assert (line, f"line {line} was changed, or stands in another's place") in audited.verify_audit()
        change(path, "DELETE FROM audit", "INSERT INTO audit SELECT * FROM whole")
        assert audited.verify_audit() == []


@pytest.mark.parametrize("line", [1, 5, LINES - 1])
def test_sto_19_a_removed_line_is_told_by_its_number(line: int, audited: Store, path: Path) -> None:
    change(path, f"DELETE FROM audit WHERE seq = {line}")
    assert dict(audited.verify_audit())[line] == f"line {line} is missing"


def test_sto_19_lines_that_changed_places_are_told_by_their_numbers(audited: Store, path: Path) -> None:
    change(
        path,
        "UPDATE audit SET seq = -3 WHERE seq = 3",
        "UPDATE audit SET seq = 3 WHERE seq = 10",
        "UPDATE audit SET seq = 10 WHERE seq = -3",
    )
    assert {3, 10} <= dict(audited.verify_audit()).keys()


def test_sto_19_a_removed_line_shows_also_where_the_others_moved_up(audited: Store, path: Path) -> None:
    moved = (f"UPDATE audit SET seq = {line - 1} WHERE seq = {line}" for line in range(5, LINES + 1))
    change(path, "DELETE FROM audit WHERE seq = 4", *moved)
    found = dict(audited.verify_audit())
    assert 4 in found
    assert "missing at the end" in found[LINES]


def test_sto_20_lines_cut_off_at_the_end_are_told(audited: Store, path: Path) -> None:
    whole = audited.audit_head()[1]
    change(path, "DELETE FROM audit WHERE seq > 9")
    assert dict(audited.verify_audit())[10] == "lines 10 to 14 are missing at the end"
    # The head made to fit hides it, but not from who noted the head, nor from the runs that are still on record.
    change(path, "UPDATE audit_head SET seq = 9, hash = (SELECT hash FROM audit WHERE seq = 9)")
    assert [what for _, what in audited.verify_audit()] == [
        "the end of c:3's run is not in the chain",
        "the decision on c:4 is not in the chain",
        "the run of c:4 is not in the chain",
    ]
    assert (9, f"the head {whole[:12]}… that was noted is not in the chain") in audited.verify_audit(whole)
    change(path, "DELETE FROM executions", "DELETE FROM decisions", "DELETE FROM audit", "DELETE FROM audit_head")
    assert audited.verify_audit() == [], "a store made anew looks like one"
    assert audited.verify_audit(whole) == [(0, f"the head {whole[:12]}… that was noted is not in the chain")]


def test_sto_18_a_decision_that_was_changed_in_its_own_table_is_told(audited: Store, path: Path) -> None:
    for changed in ("decider = 'rule'", "digest = 'e'", "code = 'rm()'", "edited = 'rm()'"):
        change(path, "CREATE TABLE whole AS SELECT * FROM decisions")
        change(path, f"UPDATE decisions SET {changed} WHERE call = 'c:3'")
        assert audited.verify_audit() == [(8, "the decision of line 8 was changed in the store")], changed
        change(path, "REPLACE INTO decisions SELECT * FROM whole", "DROP TABLE whole")
        assert audited.verify_audit() == []


@pytest.mark.parametrize("column", ["status", "result"])
def test_sto_18_a_run_that_was_changed_in_its_own_table_is_told(column: str, audited: Store, path: Path) -> None:
    change(path, f"UPDATE executions SET {column} = 'error' WHERE decision = 3")
    assert audited.verify_audit() == [(10, "the run of line 10 was changed in the store")]
    change(path, "INSERT INTO executions (decision, verdict, started) VALUES (2, 'run', 'now')")
    assert (LINES, "the run of c:2 is not in the chain") in audited.verify_audit()


def test_a_forged_run_in_a_chain_made_anew_still_has_no_approval(store: Store) -> None:
    from kimi_jupyter.store import audit

    _, turn = begin(store)
    decide(store, turn, proposal("c:1"), Decided("c:1", "deny", "user"))
    with store._database.writing() as db:
        audit.add(db, "2026", "started", turn, "c:1", {})
        audit.add(db, "2026", "started", turn, "c:2", {})
    assert store.verify_audit() == [
        (2, "line 2 runs c:1 without exactly one approval before it"),
        (3, "line 3 runs c:2 without exactly one approval before it"),
    ]


def test_the_audit_holds_no_text_and_no_key(audited: Store, path: Path) -> None:
    _, turn = begin(audited)
    ran(audited, turn, "c:5", f"use('{CANARY}')")
    assert audited.verify_audit() == [], "the hash is of what is stored"
    lines = str(rows(path, "SELECT * FROM audit"))
    assert "code_of_1" not in lines
    assert "1207" not in lines
    assert CANARY.encode() not in written(path)
