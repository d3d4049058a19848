"""Code without the data written into it, for when no values may be sent.

``pd.DataFrame({"name": ["Ann", "Bob"]})`` in a cell is as much a value as the table it makes. Names of columns stay,
and so do what tells a call what to do (``how="left"``) and the names of files; what is left to judge is hidden rather
than told. Comments, docstrings and Markdown are words of the user's to a reader, and stay. Imports no data library.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator

__all__ = ["without_values"]

#: Arguments that tell how, not what.
_OPTIONS = frozenset((
    "aggfunc", "axis", "closed", "dtype", "encoding", "engine", "errors", "format", "freq", "how", "interpolation",
    "kind", "method", "mode", "order", "orient", "sep", "side", "unit",
))  # fmt: skip
_AGGREGATES = frozenset((
    "all", "any", "count", "first", "last", "max", "mean", "median", "min", "nunique", "prod", "quantile", "size",
    "std", "sum", "unique", "var",
))  # fmt: skip
_FILE = re.compile(r"[\w./:~*{}-]*\.[A-Za-z]\w{0,7}")
_SHORT_NUMBER = 4  # characters of a number that is a step of a computation rather than data
_LONGEST = 50_000
_LINE_MAGIC = re.compile(r"^\s*[%!?].*$", re.MULTILINE)
_CELL_MAGIC = re.compile(r"\s*%%(\w+)[^\n]*\n?")
#: Cell magics whose body is Python.
_PYTHON = frozenset(("time", "timeit", "capture", "prun", "python", "python3"))
_TEXT = re.compile(r"'''.*?'''|\"\"\".*?\"\"\"|'(?:\\.|[^'\\\n])*'?|\"(?:\\.|[^\"\\\n])*\"?", re.DOTALL)
_NUMBER = re.compile(r"(?<![\w.])\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?", re.IGNORECASE)


def without_values(source: str, names: Collection[str] = ()) -> str:
    """Code with ``"…"`` for the texts and ``…`` for the numbers in it that may be data.

    Parameters
    ----------
    source
        A code cell, with IPython's magics if it has any. Code that is no Python has all its literals hidden, and of a
        cell magic in another language only the first line stays.
    names
        Literals to keep: names of columns.
    """
    magic = _CELL_MAGIC.match(source)
    if magic is not None and magic[1] not in _PYTHON:
        lines = source[magic.end() :].count("\n") + 1
        return f"{magic[0].strip()}\n… {lines} line{'s' if lines > 1 else ''} …"
    head, body = (magic[0], source[magic.end() :]) if magic is not None else ("", source)
    try:
        tree = ast.parse(_LINE_MAGIC.sub("", body[:_LONGEST]))
        hidden = [*_hidden(tree, names)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return head + _NUMBER.sub("…", _TEXT.sub('"…"', body))
    return head + _replaced(body[:_LONGEST], hidden)


def _replaced(source: str, hidden: list[tuple[ast.expr, str]]) -> str:
    """The source with each of these nodes replaced; they do not overlap."""
    lines = source.encode().split(b"\n")  # ast counts columns in UTF-8 bytes
    for node, text in sorted(hidden, key=lambda pair: (pair[0].lineno, pair[0].col_offset), reverse=True):
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        kept = lines[last][node.end_col_offset or 0 :]
        lines[first : last + 1] = [lines[first][: node.col_offset] + text.encode() + kept]
    return b"\n".join(lines).decode()


def _hidden(tree: ast.AST, names: Collection[str]) -> Iterator[tuple[ast.expr, str]]:
    """The nodes to replace, the outer before the inner, and by what."""
    waiting: list[tuple[ast.AST, str]] = [(tree, "")]
    while waiting:
        node, role = waiting.pop()
        if isinstance(node, ast.Constant):
            if not _may_stay(node, role, names):
                yield node, '"…"' if isinstance(node.value, str | bytes) else "…"
        elif isinstance(node, ast.JoinedStr):
            yield node, 'f"…"'
        elif (number := _all_data(node, names)) > 1:
            assert isinstance(node, ast.List | ast.Tuple | ast.Set)
            yield node, f"[… {number:,} values]"
        elif isinstance(node, ast.UnaryOp):
            waiting.append((node.operand, role))
        else:
            waiting += _children(node, role)


def _all_data(node: ast.AST, names: Collection[str]) -> int:
    """How many literals a list holds, if it holds nothing else and no name of a column; else 0."""
    if not isinstance(node, ast.List | ast.Tuple | ast.Set):
        return 0
    count = 0
    for item in node.elts:
        literal = item.operand if isinstance(item, ast.UnaryOp) else item
        inner = _all_data(item, names)
        if not inner and not (isinstance(literal, ast.Constant) and literal.value not in names):
            return 0
        count += inner or 1
    return count


def _children(node: ast.AST, role: str) -> Iterator[tuple[ast.AST, str]]:
    """What a node holds, and what a literal there would be: data, an argument, an option, a step, a docstring."""
    match node:
        case ast.Call(func=function, args=args, keywords=keywords):
            yield function, "step"
            yield from ((one, "argument") for one in args)
            yield from ((one.value, "option" if one.arg in _OPTIONS else "argument") for one in keywords)
        case ast.FunctionDef(body=body) | ast.AsyncFunctionDef(body=body) | ast.ClassDef(body=body):
            yield from ((child, "data") for child in ast.iter_child_nodes(node) if child is not body[0])
            first = body[0]
            is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
            yield (first, "docstring" if is_text else "")
        case ast.Expr(value=value):
            yield value, role
        case ast.BinOp() | ast.Subscript() | ast.Slice() | ast.AugAssign():
            yield from ((child, "step") for child in ast.iter_child_nodes(node))
        case _:
            yield from ((child, "data") for child in ast.iter_child_nodes(node))


def _may_stay(node: ast.Constant, role: str, names: Collection[str]) -> bool:
    value = node.value
    if value is None or isinstance(value, bool) or value is ... or role == "docstring":
        return True
    if isinstance(value, str):
        if value in names or role == "option":
            return True
        return role == "argument" and (value in _AGGREGATES or _FILE.fullmatch(value) is not None)
    if isinstance(value, bytes):
        return False
    return role in ("step", "argument", "option") and len(str(value)) <= _SHORT_NUMBER
