"""What code does with names: which of the session's it reads, changes, makes and deletes, and what its own stand for.

Values are known as far as the code says what they are: an alias of a module, a text, a part of another value. Imports
no front end and runs nothing.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Mapping
from typing import Any, Literal

from . import known
from .scopes import Known, Scope

__all__ = ["Facts", "Names", "is_library"]

_BUILTINS = frozenset(dir(builtins))
_UNKNOWN = Known()
#: How many aliases of aliases are followed.
_DEPTH = 20

Action = Literal["read", "change", "bind", "delete"]


class Facts:
    """What was found, by kind, each thing once and in order."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, None]] = {}

    def add(self, kind: str, what: str = "") -> None:
        """Note that there is something of this kind, and what it is if that can be told."""
        found = self._found.setdefault(kind, {})
        if what:
            found.setdefault(what)

    def drop(self, kind: str, what: str) -> None:
        """Take something back."""
        found = self._found.get(kind, {})
        found.pop(what, None)
        if not found:
            self._found.pop(kind, None)

    def has(self, kind: str, what: str) -> bool:
        """Whether something was noted."""
        return what in self._found.get(kind, ())

    def of(self, kind: str) -> tuple[str, ...] | None:
        """All of a kind, ``None`` if there is none."""
        return tuple(self._found[kind]) if kind in self._found else None


def is_library(dotted: str) -> bool:
    """Whether this names something of a library, rather than of the session."""
    return bool(dotted) and not dotted.startswith("__main__.")


class Names:
    """The names of one piece of code.

    Parameters
    ----------
    facts
        Where ``reads``, ``changes``, ``creates`` and ``deletes`` are noted.
    session
        The session's names, with what they are by its dotted name, or ``""``.

    Attributes
    ----------
    scope
        Where the reader is.
    branches
        In how many branches and loops, outside functions.
    body
        In a function, what its body does with the session's names: it counts where the function is used.
    used
        Names of the session's scope that are used anywhere.
    functions
        Functions of the code: their parameters, and the scope that knows which of them were changed.
    """

    def __init__(self, facts: Facts, session: Mapping[str, str]) -> None:
        self.facts = facts
        self.session = session
        self.scope = self._top = Scope("session")
        self.branches = 0
        self.body: list[tuple[Action, str]] | None = None
        self.used: set[str] = set()
        self.functions: dict[str, tuple[list[str], Scope]] = {}
        self._bound: set[str] = set()
        self._certain: set[str] = set()

    # ---- what happens to a name --------------------------------------------------------------------------------------

    def read(self, name: str) -> None:
        """A name's value is used."""
        if self.scope.find(name) is self._top:
            self.used.add(name)
            self._note("read", name)

    def change(self, name: str, depth: int = 0) -> None:
        """A name's value, or a part of it, is changed in place; with it that of which it is a part."""
        scope = self.scope.find(name)
        scope.changed.add(name)
        if scope is self._top:
            self._note("change", name)
        root = scope.values.get(name, _UNKNOWN).root
        if root and root != name and depth < _DEPTH:
            self.change(root, depth + 1)

    def augment(self, name: str) -> None:
        """A name is given another value by ``+=``: a list is changed in place by it, a number is not."""
        scope = self.scope.find(name)
        scope.changed.add(name)
        if scope is self._top:
            self._note("change", name)

    def bind(self, name: str, value: Known = _UNKNOWN, *, imported: bool = False) -> None:
        """A name is given a value; an import of what a library has makes nothing of the session's."""
        scope = self.scope.find(name)
        scope.values[name] = value
        if scope is not self._top:
            return
        if imported and (name not in self.session or is_library(self.session[name])):
            self._settle(name)
        else:
            self._note("bind", name)

    def bind_briefly(self, name: str) -> None:
        """A name is given a value and loses it again: that of an exception."""
        scope = self.scope.find(name)
        scope.values[name] = _UNKNOWN
        if scope is self._top:
            self._bound.add(name)
            if name in self.session:
                self._note("bind", name)

    def delete(self, name: str) -> None:
        """A name is deleted."""
        if self.scope.find(name) is self._top:
            self._note("delete", name)

    def _note(self, action: Action, name: str) -> None:
        if self.body is not None:
            self.body.append((action, name))
        else:
            self.settle(action, name)

    def settle(self, action: Action, name: str) -> None:
        """Count what is done to a name of the session's."""
        mine = name in self._bound and name not in self.session
        match action:
            case "read":
                if name not in self._certain and not mine and self._is_data(name):
                    self.facts.add("reads", name)
            case "change":
                if not mine:
                    self.facts.add("changes", name)
                    self.facts.add("in place", name)
            case "bind":
                there = name in self.session or self.facts.has("reads", name) or self.facts.has("changes", name)
                if name != "_":
                    self.facts.add("changes" if there else "creates", name)
                self._settle(name)
            case "delete":
                if mine:
                    self.facts.drop("creates", name)
                else:
                    self.facts.add("deletes", name)
                self._bound.discard(name)
                self._certain.discard(name)

    def _settle(self, name: str) -> None:
        self._bound.add(name)
        if not self.branches and self.body is None:
            self._certain.add(name)

    def _is_data(self, name: str) -> bool:
        if name in self.session:
            return not is_library(self.session[name])
        return name not in _BUILTINS and name not in known.CONVENTIONS

    # ---- what an expression is ---------------------------------------------------------------------------------------

    def dotted(self, node: ast.expr) -> str:
        """The dotted name of the module, function or class that an expression is, or ``""``."""
        attributes: list[str] = []
        while type(node) is ast.Attribute:  # not isinstance: this is asked of every name and call
            attributes.append(node.attr)
            node = node.value
        if type(node) is ast.Name:
            base = self._dotted_name(node.id)
        elif type(node) is ast.Call:
            base = self._dotted_call(node) if node.args else ""
        else:
            base = self.dotted(node.value) if type(node) is ast.NamedExpr else ""
        if not attributes:
            return base
        return known.canonical(".".join([base, *reversed(attributes)])) if is_library(base) else ""

    def _dotted_name(self, name: str) -> str:
        scope = self.scope.find(name)
        if name in scope.values:
            return scope.values[name].dotted
        if scope is not self._top or name in self._bound:
            return ""
        if name in self.session:
            return known.canonical(self.session[name])
        return f"builtins.{name}" if name in _BUILTINS else known.CONVENTIONS.get(name, "")

    def _dotted_call(self, node: ast.Call) -> str:
        """``getattr(os, "system")`` and ``__import__("os")`` are what they give."""
        func = self.dotted(node.func)
        if func not in ("builtins.getattr", "builtins.__import__", "importlib.import_module"):
            return ""
        match node.args:
            case [value, ast.Constant(value=str(name)), *_] if func == "builtins.getattr":
                base = self.dotted(value)
                return known.canonical(f"{base}.{name}") if is_library(base) else ""
            case [ast.Constant(value=str(name)), *_]:
                return known.canonical(name)
        return ""

    def root(self, node: ast.expr) -> str:
        """The name whose value an expression is or is part of, or ``""``."""
        while True:
            if isinstance(node, ast.Name):
                return node.id
            if isinstance(node, ast.Attribute | ast.Subscript | ast.Starred | ast.NamedExpr):
                node = node.value
            elif (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in known.SAME_OBJECT
            ):
                node = node.func.value
            else:
                return ""

    def know(self, node: Any) -> Known:
        """What is known of an expression's value."""
        kind = type(node)
        if kind is ast.Constant:
            return Known(text=node.value) if isinstance(node.value, str) else _UNKNOWN
        if kind is ast.Name:
            return self._know_name(node)
        if kind is ast.Call:
            return self._know_call(node)
        if kind is ast.Attribute:
            dotted = self.dotted(node)
            return Known(dotted=dotted) if dotted else Known(root=self.root(node))
        if kind is ast.Subscript and type(node.slice) is ast.Constant:
            return Known(root=self.root(node))
        if kind is ast.NamedExpr:
            return self.know(node.value)
        if kind is ast.BinOp and type(node.op) is ast.Div:
            return _joined(self.know(node.left), self.know(node.right))
        return _UNKNOWN

    def _know_name(self, node: ast.Name) -> Known:
        value = self.scope.find(node.id).values.get(node.id)
        if value is None:
            dotted = self.dotted(node)
            return Known(dotted=dotted) if is_library(dotted) else Known(root=node.id)
        return value if value.dotted or value.root else value._replace(root=node.id)

    def _know_call(self, node: ast.Call) -> Known:
        if dotted := self.dotted(node):
            return Known(dotted=dotted)
        made = self.dotted(node.func)
        if made:
            parts = [self.know(argument).text for argument in node.args] if made.startswith("pathlib.") else []
            return Known(made=made, text="/".join(map(str, parts)) if parts and None not in parts else None)
        if isinstance(node.func, ast.Attribute):
            receiver = self.know(node.func.value)
            if is_path(receiver):
                return Known(made=receiver.made)
            if node.func.attr in known.SAME_OBJECT:
                return Known(root=self.root(node))
        return _UNKNOWN


def is_path(value: Known) -> bool:
    """Whether a value was made by ``pathlib``."""
    return value.made.startswith("pathlib.")


def _joined(left: Known, right: Known) -> Known:
    if not is_path(left):
        return _UNKNOWN
    text = f"{left.text}/{right.text}" if left.text is not None and right.text is not None else None
    return Known(made=left.made, text=text)
