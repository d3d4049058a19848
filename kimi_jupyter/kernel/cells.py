"""Making ``%%kimi`` an awaited cell.

IPython turns ``%%kimi`` into a call. Put ``await`` before it and the cell stays busy and in order, while the kernel's
loop is free (design §3.1). The awaited call goes to a magic of another name, so that a magic always knows whether
anybody awaits it: :data:`AWAITED` returns a coroutine, ``kimi`` itself blocks.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

__all__ = ["AWAITED", "await_kimi", "keep_question_marks"]

#: The magic an awaited ``%%kimi`` or ``%kimi`` becomes.
AWAITED = "kimi_awaited"

_CALL = re.compile(r"get_ipython\(\)\.run_(?:cell|line)_magic\((['\"])kimi\1")
_NO_BODY = re.compile(r"^(get_ipython\(\)\.run_cell_magic\(.*, )''\)")
_ASKING = re.compile(r"^%kimi\s+\S.*\?\s*$")


def await_kimi(shell: Any) -> Callable[[list[str]], list[str]]:
    """An input transformer (``shell.input_transformers_post``) that awaits top-level ``kimi`` magics."""

    def transform(lines: list[str]) -> list[str]:
        source = "".join(lines)
        if not _CALL.search(source) or not _can_await(shell) or _inside_a_cell():
            return lines
        return _with_await(source).splitlines(keepends=True)

    return transform


def _can_await(shell: Any) -> bool:
    """Only on asyncio: under ``%autoawait off``, trio or curio a cell can't wait for our loop."""
    from IPython.core.async_helpers import _asyncio_runner

    return bool(shell.autoawait) and shell.loop_runner is _asyncio_runner


def _inside_a_cell() -> bool:
    """Whether the code belongs to other code that runs now (``%%time``, ``run_cell``), where nothing can be awaited."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == "run_code" and "IPython" in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False


def _with_await(source: str) -> str:
    try:
        tree = ast.parse(source)
    except SyntaxError:  # the shell reports it better
        return source
    lines = source.encode().splitlines(keepends=True)  # ast counts columns in UTF-8 bytes
    for statement in reversed(tree.body):
        value = getattr(statement, "value", None) if isinstance(statement, ast.Expr | ast.Assign) else None
        if isinstance(value, ast.Call) and _CALL.match(ast.unparse(value)):
            row, column = value.lineno - 1, value.col_offset
            line = lines[row]
            call = line[column:].decode()
            call = _CALL.sub(lambda match: match.group().replace("kimi", AWAITED), call, count=1)
            # IPython refuses a cell magic without a body; ours may have its question on the first line.
            call = _NO_BODY.sub(r"\1'\\n')", call)
            lines[row] = line[:column] + f"await {call}".encode()
    return b"".join(lines).decode()


def keep_question_marks(lines: list[str]) -> list[str]:
    """An input transformer (``shell.input_transformers_cleanup``) for ``%kimi ask how many?``.

    IPython takes a question mark at a line's end for a request for help, so such a line becomes the call it stands for
    before that. ``%kimi?`` stays help.
    """
    if not any(_ASKING.match(line) for line in lines):
        return lines
    result: list[str] = []
    for line in lines:
        if _ASKING.match(line) and not _inside_a_string("".join(result)):
            line = f"get_ipython().run_line_magic('kimi', {line[5:].strip()!r})\n"
        result.append(line)
    return result


def _inside_a_string(before: str) -> bool:
    from IPython.core.inputtransformer2 import TransformerManager

    manager: Any = TransformerManager  # IPython leaves it untyped
    return bool(before.strip()) and manager().check_complete(before + "\n\n")[0] == "incomplete"
