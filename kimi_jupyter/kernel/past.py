"""The commands of ``%kimi`` about what is kept: looked through, gone on with, exported, forgotten, audited."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from IPython.core.error import UsageError

from ..agent.budget import GO_ON
from ..chat.visible import visible
from ..store.titles import title_of
from .resuming import going_on

if TYPE_CHECKING:
    from ..store import AuditEntry, Forgotten, Store, StoredConversation
    from .session import Session

__all__ = ["Past"]

#: Conversations, hits or lines of the audit that are listed.
_MOST = 20
_SHORT = 8


class Past:
    """Carries out the commands for a session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def _store(self) -> Store:
        store: Store = self._session.store
        return store

    # ---- looking -----------------------------------------------------------------------------------------------------

    def history(self, line: str) -> str:
        """``%kimi history [WORDS | all | open ID]``: the notebook's conversations, all, or what was said; go back."""
        word, _, rest = line.partition(" ")
        if word == "open" and rest.strip():
            return self._open(rest.strip())
        if line and line != "all":
            return self._search(line)
        notebook = None if line else self._session.notebook
        found = self._store.conversations(notebook)
        if not found:
            return "No conversation is kept yet." if line else "No conversation of this notebook is kept yet."
        lines = [self._listed(conversation) for conversation in found[:_MOST]]
        if len(found) > _MOST:
            lines.append(f"… and {len(found) - _MOST} older ones; %kimi history WORDS looks through them all.")
        how = "%kimi history open ID goes on with one, %kimi history WORDS looks for what was said."
        return visible("\n".join([*lines, how]))

    def _listed(self, conversation: StoredConversation) -> str:
        here = "*" if conversation.id == self._session.conversation.key else " "
        return (
            f"{here} {conversation.id[:_SHORT]}  {_when(conversation.updated)}  "
            f"{_count(conversation.turns, 'question'):<13} "
            f"{conversation.title or '(nothing asked yet)'}"
        )

    def _search(self, text: str) -> str:
        hits = self._store.search(text, limit=_MOST)
        if not hits:
            return f"Nothing that was said has all of {text[:60]!r}."
        lines = (f"{hit.conversation[:_SHORT]}  {_when(hit.at)}  {hit.place:<9}  {hit.snippet}" for hit in hits)
        return visible("\n".join(lines))

    def _open(self, key: str) -> str:
        conversation = self._find(key)
        self._session.open_conversation(conversation.id)
        count = _count(conversation.turns, "question")
        return f"Goes on with {conversation.title!r} ({count}) when you ask next."

    def _find(self, key: str) -> StoredConversation:
        """The conversation of an id, or of its beginning."""
        found = [one for one in self._store.conversations() if one.id.startswith(key)]
        if len(found) != 1:
            raise UsageError(f"{'No' if not found else 'More than one'} conversation has the id {key[:40]!r}; "
                             "%kimi history all lists them.")  # fmt: skip
        return found[0]

    # ---- going on ----------------------------------------------------------------------------------------------------

    def resume(self) -> str:
        """The question that goes on with the last one, if that did not come to its end."""
        return going_on(self._store, self._session.conversation.key)

    # ---- taking it elsewhere -----------------------------------------------------------------------------------------

    def export(self, line: str) -> str:
        """``%kimi export [jsonl|markdown|notebook] [FILE]``: write this conversation into a file."""
        from ..store.exporting import FORMATS, export

        words = line.split(maxsplit=1)
        form = words.pop(0) if words and words[0] in FORMATS else ""
        name = words[0].strip() if words else ""
        by_suffix = {suffix: known for known, suffix in FORMATS.items()}
        form = form or by_suffix.get(Path(name).suffix if name else ".md", "")
        if not form:
            raise UsageError(f"%kimi export writes {', '.join(FORMATS)}; name one, or a file that ends in "
                             f"{', '.join(by_suffix)}.")  # fmt: skip
        conversation = self._find(self._session.conversation.key)
        path = Path(name or _file_name(conversation.title) + FORMATS[form])
        text = export(self._store, conversation, form)
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            raise UsageError(f"{path} is there already; name another file: %kimi export {form} FILE") from None
        except OSError as error:
            raise UsageError(f"{path} can't be written: {error.strerror}.") from None
        return f"Written as {form}: {path} ({len(text.encode()):,} bytes)."

    # ---- forgetting --------------------------------------------------------------------------------------------------

    def forget(self, line: str) -> str:
        """``%kimi forget [all | DAYS]``: remove for good: this conversation, all, or those not used for so long."""
        if self._session.busy:
            raise UsageError("A question is being answered; wait for it or stop it first.")
        if line and line != "all" and not re.fullmatch(r"\d+", line):
            raise UsageError(
                "%kimi forget removes this conversation, %kimi forget all every one, %kimi forget 30 those that were "
                "not used for 30 days."
            )
        if line == "all":
            done = self._store.forget_all()
        elif line:
            done = self._store.forget_older(int(line))
        else:
            done = self._store.delete(self._session.conversation.key)
        if self._store.conversation(self._session.conversation.key) is None:
            self._session.new_conversation()
        return _forgotten(done, everything=line == "all")

    # ---- the audit ---------------------------------------------------------------------------------------------------

    def audit(self, line: str) -> str:
        """``%kimi audit [N | verify [HASH]]``: the last decisions, or whether the record of them was tampered with."""
        word, _, rest = line.partition(" ")
        if word == "verify":
            return self._verify(rest.strip())
        if line and not line.isdecimal():
            raise UsageError("%kimi audit shows the last decisions, %kimi audit 100 more of them, %kimi audit verify "
                             "checks the record.")  # fmt: skip
        entries = self._store.audit(last=max(200, 8 * int(line or _MOST)))
        ended = {(one.turn, one.call): one.facts.get("status") for one in entries if one.kind == "finished"}
        began = {(one.turn, one.call) for one in entries if one.kind == "started"}
        decided = [one for one in entries if one.kind == "decided"][-int(line or _MOST) :]
        if not decided:
            return "Nothing was decided yet."
        rows = [_decision(one, began, ended, self._store.code_of(one.turn, one.call)) for one in decided]
        return visible("\n".join([_HEADS, *rows]))

    def _verify(self, noted: str) -> str:
        found = self._store.verify_audit(noted)
        seq, head = self._store.audit_head()
        if not found:
            return (
                f"The audit is whole: {seq} lines, the last one's hash is {head}. Note it elsewhere and give it to "
                "%kimi audit verify later: lines taken away at the end, or a chain made anew, show only so."
            )
        lines = [f"line {number}: {what}" for number, what in found[:_MOST]]
        more = [f"… and {len(found) - _MOST} more"] if len(found) > _MOST else []
        return "\n".join([f"The audit does not hold, {_count(len(found), 'fault')}:", *lines, *more])


_HEADS = (
    f"{'line':>6}  {'when':<16}  {'what':<12}  {'decision':<8}  {'by':<6}  {'looked':>7}  {'ended':<11}  {'hash':<8}  "
    f"{'model':<30}  code"
)


def _decision(one: AuditEntry, began: set[tuple[str, str]], ended: dict[tuple[str, str], object], source: str) -> str:
    facts, key = one.facts, (one.turn, one.call)
    unseen = "unknown" if key in began else "" if facts.get("tool") == GO_ON else "not run"
    status = ended.get(key, unseen)
    digest = str(facts.get("edited") or facts.get("code") or facts.get("digest") or "")
    looked = facts.get("seconds")
    seconds = f"{looked:.1f} s" if isinstance(looked, int | float) else ""
    asked = f"{facts.get('model')} @ {facts.get('provider')}"
    return (
        f"{one.seq:>6}  {_when(one.at)}  {str(facts.get('tool'))[:12]:<12}  {facts.get('verdict')!s:<8}  "
        f"{facts.get('by')!s:<6}  {seconds:>7}  {status!s:<11}  {digest[:8]:<8}  {asked[:30]:<30}  {title_of(source)}"
    ).rstrip()


def _forgotten(done: Forgotten, *, everything: bool) -> str:
    names = ", ".join(map(str, done.copies))
    copies = f" Removed too: {names}." if everything else f" Older copies may still have it: {names}."
    if not done.conversations:
        return "Nothing was there to forget." + (copies if names and everything else "")
    said = (
        f"Forgotten: {_count(done.conversations, 'conversation')} with {_count(done.turns, 'question')} and "
        f"{_count(done.messages, 'message')}. What was spent, and hashes for the audit, stay."
    )
    if not done.emptied:
        said += " Other kernels hold the file open: the space is freed when they let go of it."
    return said + (copies if names else "") + " What notebooks have saved in their cells is still in them."


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' if number != 1 else ''}"


def _when(at: str) -> str:
    """A time of the store in the user's time zone, to the minute."""
    from datetime import datetime

    try:
        return datetime.fromisoformat(at).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return f"{at[:16]:<16}"


def _file_name(title: str) -> str:
    words = re.findall(r"\w+", title)[:6]
    return "-".join(["kimi", *words]).lower()[:60]
