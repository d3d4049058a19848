"""What every view says in the same words: the state of a call, the end of a turn, what it took.

Plain text, not escaped for any medium; who draws it does that. Imports no front end.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from ..agent.budget import GO_ON
from ..agent.plan import PLAN

if TYPE_CHECKING:
    from ..chat.events import Notice, Waiting
    from ..chat.messages import Usage
    from .turn import Call, Draft, Step, Turn

__all__ = [
    "ABANDONED",
    "PURPOSE_LENGTH",
    "RESULT_LENGTH",
    "added",
    "arguments",
    "blank_run",
    "checklist",
    "cost",
    "cut",
    "draft_line",
    "draft_tail",
    "duration",
    "effects",
    "ending",
    "footer",
    "notices",
    "result_of",
    "state",
    "thinking",
    "title",
]

#: What is said of a call that the model began and did not finish.
ABANDONED = "A call was begun and not finished; nothing ran."
#: Characters of the model's own description that are shown (hazards APP-04).
PURPOSE_LENGTH = 300
#: Characters of a tool's result that are shown.
RESULT_LENGTH = 2_000
#: Blank lines in a row that are pointed out (hazards APP-01).
_BLANK_LINES = 12
#: Characters of a draft's JSON text that are looked at, at its start and at its end.
_HEAD, _TAIL = 4_000, 600
_CODE_KEY = re.compile(r'"code"\s*:\s*"')
_STRING_BODY = re.compile(r'(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*')


def duration(seconds: float) -> str:
    """``12 ms``, ``0.3 s``, ``14 s``, ``2 min 5 s``."""
    if seconds < 0.0995:
        return f"{max(seconds, 0) * 1000:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"


def cost(usd: float) -> str:
    """US dollars, with as many digits as say something: ``$0.0012``, ``$1.25``."""
    if usd < 0.00005:
        return "$0.00" if usd <= 0 else "<$0.0001"
    return f"${usd:.4f}" if usd < 0.1 else f"${usd:.2f}"


def cut(text: str, limit: int) -> str:
    """A text of at most so many characters; what was left out is counted."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text) - limit:,} more characters)"


def thinking(turn: Turn, step: Step) -> str:
    """``Thinking… 14 s · 812 tokens``, and ``Thought for …`` when it has gone on."""
    seconds, tokens = turn.thought_seconds(step), f"{step.reasoning.tokens:,} tokens"
    if step.thinking:
        return f"Thinking… {f'{seconds:.0f} s' if seconds < 60 else duration(seconds)} · {tokens}"
    return f"Thought for {duration(seconds)} · {tokens}"


def title(call: Call) -> str:
    """The tool's name, cut; of a look at a value what is looked at: ``inspect sales.price``."""
    if call.proposal.name == GO_ON:
        return "The budget is used up: go on?"
    return cut(_looked_at(call) or call.proposal.name, 60) or "a call without a name"


def _looked_at(call: Call) -> str:
    """``inspect sales by region``, or ``""`` if the call is none that the tool takes."""
    asked = call.proposal.arguments
    name, by = asked.get("name"), asked.get("by", "")
    if call.proposal.name != "inspect" or not isinstance(name, str):
        return ""
    groups = ", ".join(map(str, by)) if isinstance(by, list) else str(by or "")
    return " ".join(f"inspect {name}{' by ' if groups else ''}{groups}".split())


def effects(call: Call, *, proposed: bool = False) -> str:
    """What the code that runs, or was only proposed, seems to do: ``reads df · creates out · writes files out.csv``."""
    found = dict(call.proposal.effects if proposed else call.effects)
    touched = {*found.get("changes", ()), *found.get("deletes", ())}
    if only_read := [name for name in found.pop("reads", ()) if name not in touched]:
        found = {"reads": only_read} | found
    return " · ".join(f"{kind} {cut(', '.join(names), 120)}".rstrip() for kind, names in found.items())


def added(note: str) -> str:
    """What the user added while the turn ran."""
    return f"You added: {note}"


def draft_line(name: str, characters: int) -> str:
    """``Writing code… 312 characters``."""
    what = "code" if name in ("", "run_python") else f"a call of {cut(name, 60)}"
    return f"Writing {what}… {characters:,} characters"


def draft_tail(draft: Draft) -> str:
    """The last lines of the code in a call that is being written, or ``""`` where it can't be told cheaply."""
    if not _CODE_KEY.search(draft.arguments.head(_HEAD)):
        return ""
    raw = draft.arguments.tail(_TAIL)
    begun = _CODE_KEY.search(raw)
    # Begin where the code does, else after a whole escape: at a line's start.
    body = _STRING_BODY.match(raw[begun.end() :] if begun else raw.partition("\\n")[2])
    try:
        code = str(json.loads(f'"{body[0]}"', strict=False)) if body else ""
    except ValueError:
        return ""
    return code[:-1] if "\ud800" <= code[-1:] <= "\udbff" else code  # half of a character that is still to come


def arguments(call: Call) -> str:
    """The arguments of a call that has no code, one a line: ``name = 'df'``; of a plan what it is now."""
    if call.proposal.name == PLAN:
        return checklist(call)
    if call.proposal.name == GO_ON:
        return "\n".join(f"{name}: {value}" for name, value in call.proposal.arguments.items())
    return "\n".join(f"{name} = {value!r}" for name, value in call.proposal.arguments.items())


def checklist(call: Call) -> str:
    """The model's plan after a call that changed it, an item a line; ``""`` after any other."""
    return call.text if call.proposal.name == PLAN and call.status == "ok" else ""


def state(call: Call) -> tuple[str, str]:
    """The state of a call.

    Returns
    -------
    tuple of (str, str)
        Its kind (``waits``, ``runs``, ``ok``, ``bad``, ``no``), and its words.
    """
    how = _edited(call)
    match call.status:
        case None if call.waiting:
            return "waits", "waiting for you"
        case None:
            return "runs", "runs…" + how
        case "ok" if call.proposal.name == GO_ON:
            return "ok", "goes on"
        case "ok":
            return "ok", f"done in {duration(call.seconds)}{how}"
        case "error":
            said = call.error or _last_line(call.text)
            return "bad", "failed" + (f": {cut(said, 300)}" if said else "") + how
        case "denied":
            return "no", _refusal(call)
        case "invalid":
            return "bad", f"not run: {cut(_first_line(call.text), 300) or 'the call was not valid'}"
        case "interrupted":
            return "no", "interrupted" + how
        case "unknown":
            return "no", "the kernel went away; whether it ran to its end is not known" + how


#: How a call was allowed, where nobody was asked about it.
_ALLOWED = {
    "rest": " · allowed with the rest of this turn",
    "again": " · allowed before, word for word",
    "auto": " · allowed automatically",
}


def _edited(call: Call) -> str:
    if call.decision is None:
        return ""
    if call.edited:
        return " · edited by you"
    return _ALLOWED.get(call.decision.by, "")


def _refusal(call: Call) -> str:
    if call.decision is None:
        return "refused"
    who = "refused by rule" if call.decision.by == "rule" else "refused"
    reason = call.decision.reason.strip()
    return f"{who}: {reason}" if reason else who


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0].strip()


def _last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2].strip()


def result_of(call: Call) -> str:
    """The text of a result that no cell output shows: of a tool of the user's, and of a call that was not valid."""
    text = call.text.strip("\n")
    if call.status == "invalid" and "\n" not in text and len(text) <= 300:
        return ""  # the state says it all
    if checklist(call):
        return ""  # stands in the place of its arguments
    shown = call.status == "invalid" or (call.proposal.code is None and call.status in ("ok", "error"))
    return cut(text, RESULT_LENGTH) if shown else ""


def blank_run(code: str) -> str:
    """A warning for code that a long run of blank lines splits, or ``""``."""
    longest = run = 0
    for line in code.rstrip().splitlines():
        run = run + 1 if not line.strip() else 0
        longest = max(longest, run)
    return f"{longest} blank lines in a row; the code goes on below them" if longest >= _BLANK_LINES else ""


def notices(run: list[Notice]) -> list[tuple[str, str]]:
    """Notices one after another as level and text; the same one again is counted."""
    lines: list[tuple[str, str, int]] = []
    for notice in run:
        if lines and lines[-1][:2] == (notice.level, notice.text):
            lines[-1] = (*lines[-1][:2], lines[-1][2] + 1)
        else:
            lines.append((notice.level, notice.text, 1))
    return [(level, text if count == 1 else f"{text} (×{count})") for level, text, count in lines]


def waiting(turn: Turn) -> str:
    """Why nothing goes on and for how long, ``""`` while it does."""
    if turn.waiting is None:
        return ""
    return f"{turn.waiting.reason}; going on in {duration(turn.waits_for)}. Stop ends it."


def waited(event: Waiting) -> str:
    """The same when it is over."""
    return f"{event.reason}; waited {duration(event.seconds)}."


def ending(turn: Turn) -> str:
    """One clear line where a turn is not complete, else ``""``."""
    said = turn.message.strip()
    match turn.reason:
        case None | "complete":
            return ""
        case "interrupted":
            return said or "Interrupted."
        case "limit":
            return said or "Paused at a limit."
        case "failed":
            return f"Failed: {said}" if said else "Failed."
        case "incomplete":
            return f"Incomplete: {said}" if said else "Incomplete."


def footer(turn: Turn) -> str:
    """``3,120 tokens in (2,048 cached) · 412 out · $0.0012 of $2.00 · 2 of 50 steps · 8.4 s · kimi-k2 @ moonshot``."""
    parts = _tokens(turn.usage, turn.limits) if turn.usage is not None else []
    if fill := _fill(turn):
        parts.append(fill)
    steps, most = len(turn.steps), turn.limits.get("steps", 0)
    parts.append(f"{steps} of {most:.0f} steps" if most else "1 step" if steps == 1 else f"{steps} steps")
    parts.append(duration(turn.seconds))
    if turn.started is not None:
        parts.append(f"{cut(turn.started.model, 80)} @ {cut(turn.started.provider, 80)}")
    return " · ".join(parts)


def _fill(turn: Turn) -> str:
    """How full the model's window is after the last step: ``context 12 %``."""
    last = next((step.usage for step in reversed(turn.steps) if step.usage is not None), None)
    if last is None or not turn.context:
        return ""
    share = (last.prompt + last.completion) / turn.context
    return f"context {share:.0%}".replace("%", " %") if share >= 0.01 else "context <1 %"


def _tokens(usage: Usage, limits: dict[str, float]) -> list[str]:
    about = "≈" if usage.estimated else ""
    cached = f" ({usage.cached:,} cached)" if usage.cached else ""
    parts = [f"{about}{usage.prompt:,} tokens in{cached}", f"{about}{usage.completion:,} out"]
    if usage.cost is None:
        return parts
    of = f" of {cost(limits['cost'])}" if limits.get("cost") else ""
    return [*parts, f"{about}{cost(usage.cost)}{of}"]
