"""Python source with colours, for a page and for a terminal.

A page gets no style sheet of ours, so colours are JupyterLab's own variables, which follow its theme; where they are
not known the text keeps its colour and only weight and slant tell. Pygments is imported when first needed.
"""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from ..chat.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["highlight_html", "highlight_terminal"]

#: Characters up to which source is coloured; longer source is shown plain.
_MOST_CHARACTERS = 20_000

_STYLES = (
    ("Keyword.Constant", "color:var(--jp-mirror-editor-atom-color,inherit)"),
    ("Keyword", "color:var(--jp-mirror-editor-keyword-color,inherit);font-weight:bold"),
    ("Operator.Word", "color:var(--jp-mirror-editor-keyword-color,inherit);font-weight:bold"),
    ("Comment", "color:var(--jp-mirror-editor-comment-color,inherit);font-style:italic"),
    ("Literal.String", "color:var(--jp-mirror-editor-string-color,inherit)"),
    ("Literal.Number", "color:var(--jp-mirror-editor-number-color,inherit)"),
    ("Name.Builtin", "color:var(--jp-mirror-editor-builtin-color,inherit)"),
    ("Name.Function", "color:var(--jp-mirror-editor-def-color,inherit)"),
    ("Name.Class", "color:var(--jp-mirror-editor-def-color,inherit)"),
)


def highlight_html(code: str) -> str:
    """Escaped source with spans for its colours; its text is that of ``visible(code)``, character for character."""
    shown = visible(code)
    if len(shown) > _MOST_CHARACTERS:
        return escape(shown)
    pieces: list[str] = []
    for style, run in groupby(_styled(shown), key=lambda piece: piece[0]):
        text = escape("".join(piece for _, piece in run))
        pieces.append(f'<span style="{style}">{text}</span>' if style else text)
    return "".join(pieces)


def _styled(code: str) -> Iterator[tuple[str, str]]:
    from pygments.lexers.python import PythonLexer  # type: ignore[import-untyped]

    for kind, text in PythonLexer(stripnl=False, ensurenl=False).get_tokens(code):
        name = str(kind).removeprefix("Token.")
        yield next((style for prefix, style in _STYLES if name.startswith(prefix)), ""), text


def highlight_terminal(code: str) -> str:
    """Source with the sixteen colours of a terminal, its own controls written out."""
    from pygments import highlight  # type: ignore[import-untyped]
    from pygments.formatters.terminal import TerminalFormatter  # type: ignore[import-untyped]
    from pygments.lexers.python import PythonLexer

    coloured: str = highlight(visible(code), PythonLexer(stripnl=False, ensurenl=False), TerminalFormatter())
    return coloured
