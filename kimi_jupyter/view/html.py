"""The parts of a turn as HTML.

What comes from a model, from data or from a user is escaped, and its unseen characters are written out. There are no
scripts, no style sheets and nothing is fetched: styles are inline, colours are JupyterLab's variables with fallbacks
that read on light and on dark. Imports no front end.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from ..chat.visible import visible
from . import words
from .highlight import highlight_html

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .turn import Call, Step, Turn

__all__ = ["abandoned", "answer", "card", "draft", "footer", "notices", "reasoning", "thinking"]

#: Characters of the reasoning that are shown while it streams, so that an update's size does not grow with it.
TAIL = 800

# A plain colour, that JupyterLab's sanitiser leaves in notebooks that are not trusted; variables it drops.
_LINE = "rgba(128, 128, 128, 0.35)"
_FAINT = "color:var(--jp-ui-font-color2, inherit)"
_BASE = (
    "font-family:var(--jp-ui-font-family, inherit);font-size:var(--jp-ui-font-size1, 13px);line-height:1.45;"
    "color:var(--jp-ui-font-color1, inherit);margin:4px 0"
)
_PROSE = (
    "margin:0;padding:0;border:0;background:none;color:inherit;font-family:inherit;font-size:inherit;line-height:inherit;"
    "white-space:pre-wrap;word-break:normal;overflow-wrap:anywhere"
)
_CODE = (
    "margin:0;padding:0;border:0;background:none;color:var(--jp-content-font-color1, inherit);"
    "font-family:var(--jp-code-font-family, monospace);"
    "font-size:var(--jp-code-font-size, 13px);line-height:var(--jp-code-line-height, 1.31);"
    "white-space:pre-wrap;word-break:normal;overflow-wrap:anywhere"
)
_SHADE = "background:rgba(128, 128, 128, 0.08);background:var(--jp-cell-editor-background, rgba(128, 128, 128, 0.08))"
_MARKS = {
    "waits": ("●", "var(--jp-brand-color1, #1e88e5)"),
    "runs": ("▸", "var(--jp-brand-color1, #1e88e5)"),
    "ok": ("✓", "var(--jp-success-color1, #388e3c)"),
    "bad": ("✗", "var(--jp-error-color1, #e53935)"),
    "no": ("–", "var(--jp-warn-color1, #ef6c00)"),
}


def text_of(text: str) -> str:
    """Somebody's text, made harmless."""
    return escape(visible(text))


def _part(label: str, style: str, *content: str) -> str:
    # The classes keep a page's MathJax from reading dollars in here.
    return (
        f'<div class="mathjax_ignore tex2jax_ignore" role="group" aria-label="{text_of(label)}" '
        f'style="{_BASE};{style}">{"".join(content)}</div>'
    )


def _folded(summary: str, content: str, *, unfolded: bool = False) -> str:
    return (
        f'<details{" open" if unfolded else ""} style="margin:0"><summary style="cursor:pointer;{_FAINT}">'
        f'{text_of(summary)}</summary><div style="margin:2px 0 2px 6px;padding-left:10px;'
        f'border-left:2px solid {_LINE}">{content}</div></details>'
    )


def _prose(text: str, style: str = "") -> str:
    return f'<pre style="{_PROSE};{style}">{text_of(text)}</pre>'


def thinking(turn: Turn, step: Step) -> str:
    """The reasoning while it streams: open, its last lines only."""
    tail = step.reasoning.tail(TAIL)
    if len(step.reasoning) > TAIL:
        tail = "…" + _from_a_break(tail)
    return _part("Reasoning", "", _folded(words.thinking(turn, step), _prose(tail, _FAINT), unfolded=True))


def _from_a_break(text: str) -> str:
    """The text from its first line's start, or its first word's."""
    for mark in ("\n", " "):
        at = text.find(mark)
        if 0 <= at < len(text) // 4:
            return text[at + 1 :]
    return text


def reasoning(turn: Turn, step: Step, text: str | None = None) -> str:
    """The whole reasoning, or as much of it as is given, folded."""
    text = str(step.reasoning) if text is None else text
    return _part("Reasoning", "", _folded(words.thinking(turn, step), _prose(text.strip("\n"), _FAINT)))


def answer(text: str) -> str:
    """The answer as text. Where Markdown can be shown it is shown as that instead."""
    return _part("Answer", "", _prose(text))


def draft(step: Step) -> str:
    """The call that is being written."""
    current = step.drafts[max(step.drafts)]
    line = words.draft_line(current.name, len(current.arguments))
    tail = words.draft_tail(current)
    code = f'<pre style="{_CODE};padding:2px 10px 6px">{text_of(tail)}</pre>' if tail else ""
    return _part(f"Step {step.number}", _card_style(), _row(f"Step {step.number}", line), code)


def abandoned(step: Step) -> str:
    """A call that was never finished."""
    return _part(f"Step {step.number}", _card_style(), _row(f"Step {step.number}", words.ABANDONED))


def _card_style() -> str:
    return f"border:1px solid {_LINE};border-radius:3px;max-width:100%;box-sizing:border-box"


def _row(strong: str, rest: str) -> str:
    return (
        f'<div style="padding:3px 10px;{_FAINT}"><strong style="color:var(--jp-ui-font-color1, inherit);'
        f'font-weight:600">{text_of(strong)}</strong> · {text_of(rest)}</div>'
    )


def card(step: Step, call: Call, *, result: str | None = None) -> str:
    """A call: who says what it is for, all of its code, and what became of it.

    ``result`` is shown below it; left out, it is what no cell output shows.
    """
    parts = [_row(f"Step {step.number}", words.title(call)), _purpose(call), _effects(call), _body(call), _state(call)]
    result = words.result_of(call) if result is None else result
    if result:
        parts.append(f'<div style="padding:0 10px 4px">{_folded("Result", _code(result))}</div>')
    return _part(f"Step {step.number}, {words.title(call)}", _card_style(), *parts)


def _purpose(call: Call) -> str:
    purpose = words.cut(call.proposal.purpose.strip(), words.PURPOSE_LENGTH)
    if not purpose:
        return ""
    return (
        f'<div style="margin:1px 10px 5px;padding:2px 8px;border:1px dashed {_LINE};border-radius:3px">'
        f'<span style="{_FAINT};font-size:var(--jp-ui-font-size0, 11px)">The model says, unverified:</span> '
        f"{_prose(purpose, 'display:inline')}</div>"
    )


def _effects(call: Call) -> str:
    said = words.effects(call)
    return f'<div style="padding:1px 10px 4px;overflow-wrap:anywhere;{_FAINT}">{text_of(said)}</div>' if said else ""


def _body(call: Call) -> str:
    if call.code is None:
        lines = words.arguments(call)
        return f'<div style="padding:2px 10px 4px">{_code(lines)}</div>' if lines else ""
    warning = words.blank_run(call.code)
    parts = [f'<div style="padding:2px 10px;font-weight:600">⚠ {text_of(warning)}</div>'] if warning else []
    parts.append(
        f'<pre aria-label="Code" style="{_CODE};padding:6px 10px;border-top:1px solid {_LINE};'
        f'border-bottom:1px solid {_LINE};{_SHADE}">'
        f"{highlight_html(call.code)}</pre>"
    )
    if call.edited and call.proposal.code is not None:
        proposed = _folded("What the model had proposed", _code(call.proposal.code))
        parts.append(f'<div style="padding:3px 10px 0">{proposed}</div>')
    return "".join(parts)


def _code(text: str) -> str:
    return f'<pre style="{_CODE}">{text_of(text)}</pre>'


def _state(call: Call) -> str:
    kind, said = words.state(call)
    mark, colour = _MARKS[kind]
    return (
        f'<div style="padding:3px 10px;overflow-wrap:anywhere"><span aria-hidden="true" style="color:{colour};'
        f'font-weight:bold">{mark}</span> {text_of(said)}</div>'
    )


def notices(lines: Iterable[tuple[str, str]]) -> str:
    """Small lines that are not the model's."""
    content = "".join(
        f"<div>⚠ {text_of(text)}</div>" if level == "warning" else f'<div style="{_FAINT}">· {text_of(text)}</div>'
        for level, text in lines
    )
    return _part("Notice", "overflow-wrap:anywhere", content)


def footer(turn: Turn) -> str:
    """What the turn took, under one clear line where it is not complete."""
    said = words.ending(turn)
    colour = _MARKS["bad" if turn.reason == "failed" else "no"][1]
    line = (
        f'<div style="padding:3px 10px;margin-bottom:3px;border-left:3px solid {colour};font-weight:600;'
        f'overflow-wrap:anywhere">{text_of(said)}</div>'
        if said
        else ""
    )
    small = f'<div style="{_FAINT};font-size:var(--jp-ui-font-size0, 11px)">{text_of(words.footer(turn))}</div>'
    return _part("Usage", "", line, small)
