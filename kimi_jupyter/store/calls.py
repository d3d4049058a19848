"""Calls: proposed, decided, started, finished, each with its line in the audit. Imports ``chat.events`` for types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import audit
from .audit import Kept
from .base import Base, now, require
from .rows import AuditEntry

if TYPE_CHECKING:
    from ..chat.events import CallProposed, CallStatus, Decided

__all__ = ["Calls"]

_NO_TURN = "This turn is not in the store."


class Calls(Base):
    """Decisions and runs, and the audit of both."""

    def propose(self, turn: str, proposal: CallProposed) -> None:
        """Note in the audit that a call was proposed, before anybody is asked."""
        facts = {"tool": self._text(proposal.name), "digest": proposal.digest, **self._shown(proposal)}
        with self._database.writing() as db:
            audit.add(db, now(), "proposed", turn, self._text(proposal.call), facts)

    def decide(self, turn: str, proposal: CallProposed, decided: Decided, *, provider: str, model: str) -> None:
        """Record what was proposed and how it was decided, on disk before it returns, so before anything runs.

        Parameters
        ----------
        turn
            The turn the call is of.
        proposal
            What was shown.
        decided
            The decision on it; a call is decided once.
        provider, model
            Who proposed it.
        """
        call, tool, provider, model = map(self._text, (proposal.call, proposal.name, provider, model))
        edited = None if decided.code is None else self._content(decided.code)
        code = None if proposal.code is None else self._content(proposal.code)
        facts = {
            "tool": tool,
            "digest": proposal.digest,
            **self._shown(proposal),
            "edited": audit.digest_of(None if decided.code is None else self._text(decided.code)),
            "verdict": decided.verdict,
            "by": decided.by,
            "seconds": round(decided.seconds, 3),
            "provider": provider,
            "model": model,
        }
        shown = (proposal.digest, decided.verdict, decided.by, edited, self._content(decided.reason), decided.seconds)
        at = now()
        with self._database.writing(durable=True) as db:
            changed = db.execute(
                "INSERT INTO decisions (conversation, turn, call, tool, code, purpose, digest, verdict, decider, "
                "edited, reason, seconds, provider, model, at) "
                "SELECT conversation, id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM turns WHERE id = ?",
                (call, tool, code, self._content(proposal.purpose), *shown, provider, model, at, turn),
            )
            require(changed, _NO_TURN)
            audit.add(db, at, "decided", turn, call, facts)

    def _shown(self, proposal: CallProposed) -> dict[str, str | None]:
        """The hash of the code as it is stored, without secrets; the proposal's own digest has the kernel in it."""
        return {"code": audit.digest_of(None if proposal.code is None else self._text(proposal.code))}

    def start_execution(self, turn: str, call: str) -> None:
        """Note that a call runs now. Raises unless it was decided to run, and the second time."""
        at, call = now(), self._text(call)
        with self._database.writing() as db:
            changed = db.execute(
                "INSERT INTO executions (decision, verdict, started) "
                "SELECT number, verdict, ? FROM decisions WHERE turn = ? AND call = ? AND verdict IN ('run', 'edit')",
                (at, turn, call),
            )
            require(changed, "Nobody allowed this call; it must not run.")
            audit.add(db, at, "started", turn, call, {})

    def finish_execution(self, turn: str, call: str, status: CallStatus, result: str) -> None:
        """Note how a call that was started ended, with what the model is told."""
        at, call, result = now(), self._text(call), self._text(result)
        with self._database.writing() as db:
            changed = db.execute(
                "UPDATE executions SET ended = ?, status = ?, result = ? "
                "WHERE decision = (SELECT number FROM decisions WHERE turn = ? AND call = ?)",
                (at, status, self._content(result), turn, call),
            )
            require(changed, "This call was never started.")
            audit.add(db, at, "finished", turn, call, {"status": status, "result": audit.digest_of(result)})

    def code_that_ran(self, conversation: str, last: int = 200) -> list[str]:
        """The code that ran to its end in a conversation last, as it ran, oldest first."""
        rows = self._database.read(
            "SELECT coalesce(edited, code) FROM executions JOIN decisions d ON d.number = decision "
            "WHERE conversation = ? AND status = 'ok' AND code IS NOT NULL ORDER BY decision DESC LIMIT ?",
            conversation,
            last,
        )
        return [code for (code,) in reversed(rows)]

    def code_of(self, turn: str, call: str) -> str:
        """The code that was decided on, as it was to run; ``""`` where there was none or it is not kept any more."""
        rows = self._database.read(
            "SELECT coalesce(edited, code, '') FROM decisions WHERE turn = ? AND call = ?", turn, call
        )
        return rows[0][0] if rows else ""

    # ---- the audit ---------------------------------------------------------------------------------------------------

    def audit(self, last: int = 1000) -> list[AuditEntry]:
        """The last lines of the audit, oldest first."""
        rows = self._database.read("SELECT * FROM audit ORDER BY seq DESC LIMIT ?", last)
        return [audit.entry(row) for row in reversed(rows)]

    def audit_head(self) -> tuple[int, str]:
        """Number and hash of the last line: who notes them elsewhere can tell later whether lines were taken away."""
        rows = self._database.read("SELECT seq, hash FROM audit_head")
        return (rows[0][0], rows[0][1]) if rows else (0, audit.FIRST)

    def verify_audit(self, noted: str = "") -> list[tuple[int, str]]:
        """Verify the chain and that what is kept of decisions is what it tells; ``[]`` where all is well.

        Parameters
        ----------
        noted
            A head's hash that was noted earlier; ``""`` for none.

        Returns
        -------
        list of (int, str)
            Sequence number and what is wrong there.
        """
        head = self._database.read("SELECT seq, hash FROM audit_head")
        rows = self._database.read("SELECT * FROM audit ORDER BY seq")
        return [*audit.verify(rows, head[0] if head else None, noted), *audit.compare(rows, self._kept_decisions())]

    def _kept_decisions(self) -> list[Kept]:
        rows = self._database.read(
            "SELECT turn, call, digest, d.verdict, decider, code, edited, started, status, result FROM decisions d "
            "LEFT JOIN executions ON decision = number ORDER BY number"
        )
        return [Kept(*row) for row in rows]
