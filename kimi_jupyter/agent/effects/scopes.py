"""Which scope a name of the code belongs to: the session's, a function's, a comprehension's.

``symtable`` would tell it too, but compiles the code a second time, takes no top-level ``await`` on some versions, and
its tables can't be matched to the tree's nodes with certainty; the tests hold this module to it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

__all__ = ["Known", "Scope", "bound_names", "parameters"]

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Known(NamedTuple):
    """What is known of a value.

    Attributes
    ----------
    dotted
        The module, function or class it is, by its dotted name.
    text
        The text it is.
    root
        The session's name, or the parameter, that it is or is part of.
    made
        The dotted name of what it was made by calling.
    """

    dotted: str = ""
    text: str | None = None
    root: str = ""
    made: str = ""


@dataclass(slots=True)
class Scope:
    """A function, lambda, class, comprehension, or the code itself.

    Attributes
    ----------
    names
        Bound in it; of the code itself none, since those are the session's.
    outer
        Names it declares ``global``.
    values
        What is known of its names so far.
    changed
        Its names whose values were changed in place.
    """

    kind: Literal["session", "function", "class", "comprehension"]
    parent: Scope | None = None
    names: set[str] = field(default_factory=set)
    outer: set[str] = field(default_factory=set)
    values: dict[str, Known] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)

    def find(self, name: str) -> Scope:
        """The scope a name belongs to when it is used here."""
        scope: Scope = self
        while scope.parent is not None:
            if name in scope.outer:
                break
            if name in scope.names and (scope is self or scope.kind != "class"):
                return scope
            scope = scope.parent
        while scope.parent is not None:
            scope = scope.parent
        return scope


def parameters(arguments: ast.arguments) -> list[str]:
    """The names of a function's parameters, those that can be given by position first."""
    names = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return names + [argument.arg for argument in (arguments.vararg, arguments.kwarg) if argument is not None]


def bound_names(body: Iterable[ast.AST]) -> tuple[set[str], set[str]]:
    """The names that statements bind in their own scope, and those they declare ``global``.

    What is ``nonlocal`` is in neither. Bodies of inner functions and classes are not entered; a ``:=`` in a
    comprehension counts.
    """
    bound: set[str] = set()
    outer: set[str] = set()
    enclosing: set[str] = set()
    pending = list(body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                bound.add(node.id)
        elif isinstance(node, ast.Global):
            outer.update(node.names)
        elif isinstance(node, ast.Nonlocal):
            enclosing.update(node.names)
        elif isinstance(node, _COMPREHENSIONS):
            bound.update(_walrus(node))
        else:
            bound.update(_named(node))
            pending.extend(_within(node))
    return bound - outer - enclosing, outer


def _named(node: ast.AST) -> Iterator[str]:
    """Names that a node binds by itself, other than by a ``Name``."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest


def _within(node: ast.AST) -> Iterable[ast.AST]:
    """The children of a node that are of the same scope."""
    if isinstance(node, ast.Lambda):
        return _defaults(node.args)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return [*node.decorator_list, *_defaults(node.args)]
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)]
    return ast.iter_child_nodes(node)


def _defaults(arguments: ast.arguments) -> list[ast.expr]:
    return [default for default in (*arguments.defaults, *arguments.kw_defaults) if default is not None]


def _walrus(comprehension: ast.AST) -> Iterator[str]:
    """Names bound by ``:=`` in a comprehension: they are of the scope around it."""
    pending = [comprehension]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.NamedExpr):
            yield node.target.id
        if not isinstance(node, ast.Lambda):
            pending.extend(ast.iter_child_nodes(node))
