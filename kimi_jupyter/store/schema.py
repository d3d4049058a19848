"""The store's tables. Imports nothing.

Order is by sequence numbers, never by the clock, which may go back (hazards STO-12); times are UTC, ISO 8601, for
people. What must hold is held by the tables themselves: a message belongs to a turn of its own conversation, a call is
decided once, and an execution has exactly one earlier decision that allowed it. The audit holds hashes and no text, and
refers to nothing, so that text can be forgotten and the chain still be verified. The index of the search is no part of
this: it is made when it is first used (``finding``).
"""

from __future__ import annotations

import re

__all__ = ["TABLES", "VERSION", "names_of_tables", "normal"]

#: Kept in the file as ``PRAGMA user_version``. A file with a higher one is not written to (hazards STO-10). Any change
#: of the tables needs the next number and a way there: a file whose tables are not these is taken for damaged.
VERSION = 2

TABLES = (
    """CREATE TABLE conversations (
    number   INTEGER PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,
    notebook TEXT NOT NULL,
    title    TEXT NOT NULL,
    created  TEXT NOT NULL,
    updated  TEXT NOT NULL,
    touched  INTEGER NOT NULL  -- grows with every turn of any conversation: the highest was used last
)""",
    "CREATE INDEX conversations_by_use ON conversations (touched)",
    "CREATE INDEX conversations_by_notebook ON conversations (notebook, touched)",
    """CREATE TABLE turns (
    number       INTEGER PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    conversation TEXT NOT NULL REFERENCES conversations (id),
    seq          INTEGER NOT NULL,
    prompt       TEXT NOT NULL,
    provider     TEXT NOT NULL,
    model        TEXT NOT NULL,
    started      TEXT NOT NULL,
    ended        TEXT,
    reason       TEXT,
    record       TEXT,                        -- its events, as a notebook keeps them
    taken_back   INTEGER NOT NULL DEFAULT 0,  -- the conversation goes on without it
    asked        TEXT,                        -- digests of the question with its options, and of what went out with
    sent         TEXT,                        -- it: what replay finds a turn by
    UNIQUE (conversation, seq),
    UNIQUE (conversation, id)
)""",
    """CREATE TABLE messages (
    number       INTEGER PRIMARY KEY,
    conversation TEXT NOT NULL REFERENCES conversations (id),
    turn         TEXT,
    seq          INTEGER NOT NULL,
    body         TEXT NOT NULL,
    UNIQUE (conversation, seq),
    FOREIGN KEY (conversation, turn) REFERENCES turns (conversation, id)
)""",
    """CREATE TABLE decisions (
    number       INTEGER PRIMARY KEY,
    conversation TEXT NOT NULL,
    turn         TEXT NOT NULL,
    call         TEXT NOT NULL,
    tool         TEXT NOT NULL,
    code         TEXT,
    purpose      TEXT NOT NULL,
    digest       TEXT NOT NULL,
    verdict      TEXT NOT NULL CHECK (verdict IN ('run', 'edit', 'deny')),
    decider      TEXT NOT NULL,
    edited       TEXT,
    reason       TEXT NOT NULL,
    seconds      REAL NOT NULL,
    provider     TEXT NOT NULL,
    model        TEXT NOT NULL,
    at           TEXT NOT NULL,
    UNIQUE (turn, call),
    UNIQUE (number, verdict),
    FOREIGN KEY (conversation, turn) REFERENCES turns (conversation, id)
)""",
    "CREATE INDEX decisions_by_conversation ON decisions (conversation)",
    """CREATE TABLE executions (
    decision INTEGER PRIMARY KEY,
    verdict  TEXT NOT NULL CHECK (verdict IN ('run', 'edit')),
    started  TEXT NOT NULL,
    ended    TEXT,
    status   TEXT,
    result   TEXT,
    FOREIGN KEY (decision, verdict) REFERENCES decisions (number, verdict)
)""",
    """CREATE TABLE usage (
    number     INTEGER PRIMARY KEY,
    turn       TEXT REFERENCES turns (id) ON DELETE SET NULL,  -- what was spent is not forgotten with its turn
    at         TEXT NOT NULL,
    step       INTEGER NOT NULL,
    prompt     INTEGER NOT NULL,
    completion INTEGER NOT NULL,
    cached     INTEGER NOT NULL,
    reasoning  INTEGER NOT NULL,
    cost       REAL,
    estimated  INTEGER NOT NULL
)""",
    "CREATE INDEX usage_by_turn ON usage (turn)",
    "CREATE INDEX usage_by_time ON usage (at)",
    """CREATE TABLE audit (
    seq      INTEGER PRIMARY KEY,
    at       TEXT NOT NULL,
    kind     TEXT NOT NULL,
    turn     TEXT NOT NULL,
    call     TEXT NOT NULL,
    body     TEXT NOT NULL,
    hash     TEXT NOT NULL
)""",
    """CREATE TABLE audit_head (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    seq  INTEGER NOT NULL,
    hash TEXT NOT NULL
)""",
)


def names_of_tables() -> list[str]:
    """The tables by name, each behind those it refers to."""
    return [statement.split()[2] for statement in TABLES if statement.startswith("CREATE TABLE")]


def normal(sql: str) -> str:
    """A definition without comments and with single spaces, for comparing."""
    return " ".join(re.sub(r"--.*", "", sql).split())
