"""The answers that need no recipe: what can't be done, was not understood, was refused, or failed."""

from __future__ import annotations

from .desk import Answer, Refusal, Stuck
from .fallback import ABILITIES, CONFIGURE, from_words, nothing_known, who_i_am
from .markdown import code, plain
from .question import Ask
from .tables import Table

__all__ = ["declined", "not_understood", "refused", "stuck", "without_tool"]


def declined(ask: Ask) -> Answer:
    if ask.kind == "help":
        return Answer(who_i_am(), "The question is about me, not about data.")
    return Answer(
        f"I can't do that: I am rules, not a language model, and this asks for more than reading a table. {ABILITIES}"
        f"\n\n{CONFIGURE}",
        "The question asks for something that my rules do not cover, so I say so instead of guessing.",
    )


def not_understood(table: Table) -> Answer:
    names = ", ".join(code(column.name) for column in table.columns[:12]) + (", …" if len(table.columns) > 12 else "")
    return Answer(
        f"I did not understand what you want to know about {code(table.name)} (columns: {names or 'none'}). {ABILITIES}"
        f"\n\n{CONFIGURE}",
        "No rule fits the question, so I say so instead of guessing.",
    )


def without_tool(ask: Ask, table: Table | None) -> Answer:
    if table is None:
        return Answer(nothing_known(False), "There is no table and no tool.")
    if ask.kind == "unknown":
        return not_understood(table)
    told = from_words(ask, table)
    thought = f"There is no tool with a code argument, so I answer from what is said about {code(table.name)}."
    if told is None:
        return Answer(
            "I can't compute that: this client offers no tool with a `code` argument, "
            f"and the description of {code(table.name)} does not say it.",
            thought,
        )
    return Answer(
        f"{told}\n\nThis is from the description alone; with a tool that runs code I would compute it.", thought
    )


def refused(refusal: Refusal, ask: Ask, table: Table) -> Answer:
    reason = f": {plain(refusal.reason.rstrip('.'), 300)}" if refusal.reason else ""
    told = refusal.partial or from_words(ask, table)
    rest = f"What I can say without it:\n\n{told}" if told else "Without running code I can't answer it."
    return Answer(
        f"That did not run{reason}. I won't propose the same again. {rest}"
        "\n\nTell me what you would rather have, and I try that.",
        f"The step was refused{reason}. I respect that and say what is known without it.",
    )


def stuck(stuck: Stuck, ask: Ask, table: Table) -> Answer:
    if stuck.result.refused:
        return refused(Refusal(stuck.result.message), ask, table)
    error = plain(f"{stuck.result.error}: {stuck.result.message}".split("\n")[0][:200])
    tried = f" {' '.join(stuck.repairs)}" if stuck.repairs else ""
    told = from_words(ask, table)
    return Answer(
        f"I could not compute this: the code failed with {error}.{tried}"
        + (f"\n\nWhat the description says:\n\n{told}" if told else ""),
        f"The error ({stuck.result.error}) is not one that I can mend, so I say plainly what failed.",
    )
