"""The walk over a syntax tree, in the order in which the code runs.

Only what a node does to names, and which calls there are, is told apart; what calls do is told by ``calls``.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any

from . import known
from .calls import Calls
from .names import Action, Facts, Names, is_library
from .scopes import Known, Scope, bound_names, parameters

__all__ = ["Walk"]

_UNKNOWN = Known()
_Function = ast.FunctionDef | ast.AsyncFunctionDef
#: Attributes through which a library's options are set, as is meant.
_OPTIONS = frozenset({"config", "options", "rcParams"})


class Walk:
    """One walk over one tree."""

    def __init__(self, facts: Facts, names: Names, calls: Calls) -> None:
        self._facts = facts
        self._names = names
        self._calls = calls
        self._bodies: list[tuple[str, list[tuple[Action, str]]]] = []
        self._owner = ""
        self._thrown_away: ast.AST | None = None
        self._loops = 0

    def run(self, tree: ast.Module) -> None:
        """Walk; then count the bodies of functions that are used."""
        self._all(tree.body)
        self._names.branches = 1
        for owner, actions in self._bodies:
            if owner in self._names.used:
                for action, name in actions:
                    self._names.settle(action, name)

    def _visit(self, node: ast.AST | None) -> None:
        if node is None:
            return
        visitor = _VISITORS.get(type(node))
        if visitor is not None:
            visitor(self, node)
            return
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, ast.AST):
                self._visit(value)
            elif isinstance(value, list):
                self._all(value)

    def _all(self, nodes: Iterable[Any]) -> None:
        for node in nodes:
            if isinstance(node, ast.AST):
                self._visit(node)

    def _branch(self, *bodies: Iterable[ast.AST]) -> None:
        """What may run, or not."""
        self._names.branches += 1
        for body in bodies:
            self._all(body)
        self._names.branches -= 1

    # ---- names and what hangs on them --------------------------------------------------------------------------------

    def _name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._names.read(node.id)
            self._mention(node)
        elif isinstance(node.ctx, ast.Store):
            self._names.bind(node.id)
        else:
            self._names.delete(node.id)

    def _mention(self, node: ast.Name | ast.Attribute) -> None:
        dotted = self._names.dotted(node)
        if dotted:
            self._calls.mention(dotted)
        elif isinstance(node, ast.Name):
            self._call_of_shell(node)

    def _call_of_shell(self, node: ast.Name) -> None:
        """IPython's own way in, and what Python has where there is no ``builtins``."""
        if node.id in ("get_ipython", "__builtins__", "__loader__", "__spec__"):
            self._facts.add("dynamic", node.id)

    def _attribute(self, node: ast.Attribute, *, called: bool = False) -> None:
        self._dunder(node)
        base = node.value
        while isinstance(base, ast.Attribute):
            self._dunder(base, node)
            base = base.value
        if not isinstance(base, ast.Name):
            self._visit(base)
            return
        self._names.read(base.id)
        self._call_of_shell(base)
        if not called and isinstance(node.ctx, ast.Load):
            self._mention(node)

    def _dunder(self, node: ast.Attribute, outer: ast.Attribute | None = None) -> None:
        of_class = node.attr == "__class__" and outer is not None and outer.attr in ("__name__", "__qualname__")
        if known.is_odd(node.attr) and not of_class:
            self._facts.add("dynamic", node.attr)

    def _store(self, target: ast.expr, value: Known = _UNKNOWN, source: ast.expr | None = None) -> None:
        """Give a target a value; ``source`` is the expression that it comes from, where its parts can be told."""
        if isinstance(target, ast.Name):
            self._names.bind(target.id, value)
        elif isinstance(target, ast.Starred):
            self._store(target.value)
        elif isinstance(target, ast.Tuple | ast.List):
            parts = source.elts if isinstance(source, ast.Tuple | ast.List) else []
            matched = len(parts) == len(target.elts)
            shared = value._replace(dotted="", text=None)
            for at, element in enumerate(target.elts):
                self._store(element, self._names.know(parts[at]) if matched else shared)
        else:
            self._visit(target)
            self._set_part(target)

    def _set_part(self, target: ast.expr) -> None:
        """An attribute or item is set or deleted; an attribute of a library's is a patch, but for its options."""
        assert isinstance(target, ast.Attribute | ast.Subscript)
        base = self._names.dotted(target.value)
        if isinstance(target, ast.Attribute) and is_library(base) and not _OPTIONS & set(base.split(".")):
            self._facts.add("dynamic", f"{base}.{target.attr} = …")
        else:
            self._calls.change(target.value)

    # ---- statements --------------------------------------------------------------------------------------------------

    def _expr(self, node: ast.Expr) -> None:
        self._throw_away(node.value)

    def _throw_away(self, node: ast.expr) -> None:
        self._thrown_away = node
        self._visit(node)

    def _assign(self, node: ast.Assign) -> None:
        value = self._names.know(node.value)
        if not (isinstance(node.value, ast.Name) and value.dotted and "." not in value.dotted):
            self._visit(node.value)  # but for an alias of a module, which is followed
        for target in node.targets:
            self._store(target, value, node.value)

    def _annassign(self, node: ast.AnnAssign) -> None:
        self._visit(node.annotation)
        if node.value is not None:
            self._visit(node.value)
            self._store(node.target, self._names.know(node.value))

    def _namedexpr(self, node: ast.NamedExpr) -> None:
        self._visit(node.value)
        self._store(node.target, self._names.know(node.value))

    def _augassign(self, node: ast.AugAssign) -> None:
        self._visit(node.value)
        if isinstance(node.target, ast.Name):
            self._names.read(node.target.id)
            self._names.augment(node.target.id)
            self._names.bind(node.target.id, self._names.know(node.target)._replace(text=None))
        else:
            self._store(node.target)

    def _delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            self._visit(target)
            if isinstance(target, ast.Attribute | ast.Subscript):
                self._set_part(target)

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            whole = known.canonical(alias.name)
            name = alias.asname or alias.name.partition(".")[0]
            self._names.bind(name, Known(dotted=whole if alias.asname else name), imported=True)

    def _importfrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name == "*":
                self._facts.add("dynamic", f"everything of {node.module or '.'}")
                continue
            dotted = known.canonical(f"{node.module}.{alias.name}") if node.module and not node.level else ""
            self._names.bind(alias.asname or alias.name, Known(dotted=dotted), imported=True)
            if "." in dotted:
                self._calls.mention(dotted)

    def _if(self, node: ast.If) -> None:
        self._visit(node.test)
        self._branch(node.body, node.orelse)

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        rows = (
            node.iter.func.attr if isinstance(node.iter, ast.Call) and isinstance(node.iter.func, ast.Attribute) else ""
        )
        self._loops += 1
        match node.iter:
            case ast.Call(func=ast.Attribute(attr="iterrows" | "itertuples" as rows)):
                self._facts.add("long loop", rows)
            case _ if self._loops == 3:
                self._facts.add("long loop", "three loops nested")
        self._visit(node.iter)
        self._names.branches += 1
        self._elements(node.target, node.iter)
        self._all(node.body)
        self._loops -= 1
        self._all(node.orelse)
        self._names.branches -= 1

    def _elements(self, target: ast.expr, source: ast.expr) -> None:
        """A loop's target holds the elements of what is looped over."""
        called = source.func.id if isinstance(source, ast.Call) and isinstance(source.func, ast.Name) else ""
        arguments = source.args if isinstance(source, ast.Call) else []
        if called in ("enumerate", "zip") and isinstance(target, ast.Tuple):
            elements = target.elts[1:] if called == "enumerate" else target.elts
            if called == "enumerate":
                self._store(target.elts[0])
            for at, element in enumerate(elements):
                self._store(element, Known(root=self._names.root(arguments[at])) if at < len(arguments) else _UNKNOWN)
            return
        if called in ("reversed", "sorted", "list", "iter") and arguments:
            source = arguments[0]
        self._store(target, Known(root=self._names.root(source)))

    def _while(self, node: ast.While) -> None:
        if isinstance(node.test, ast.Constant) and node.test.value:
            self._facts.add("long loop", f"while {node.test.value!r}")
        self._visit(node.test)
        self._branch(node.body, node.orelse)

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self._visit(item.context_expr)
            if item.optional_vars is not None:
                self._store(item.optional_vars, self._names.know(item.context_expr))
        self._all(node.body)

    def _try(self, node: Any) -> None:
        self._branch(node.body)
        for handler in node.handlers:
            self._visit(handler.type)
            if handler.name:
                self._names.bind_briefly(handler.name)
            self._branch(handler.body)
        self._branch(node.orelse)
        self._all(node.finalbody)

    def _match(self, node: ast.Match) -> None:
        self._visit(node.subject)
        subject = self._names.dotted(node.subject)
        for case in node.cases:
            if is_library(subject) and any(isinstance(part, ast.MatchClass) for part in ast.walk(case.pattern)):
                self._facts.add("dynamic", f"attributes of {subject}")
            self._branch([case.pattern, *filter(None, [case.guard]), *case.body])

    def _matchas(self, node: ast.MatchAs) -> None:
        self._visit(node.pattern)
        if node.name:
            self._names.bind(node.name)

    def _matchstar(self, node: ast.MatchStar) -> None:
        if node.name:
            self._names.bind(node.name)

    def _matchmapping(self, node: ast.MatchMapping) -> None:
        self._all([*node.keys, *node.patterns])
        if node.rest:
            self._names.bind(node.rest)

    # ---- calls -------------------------------------------------------------------------------------------------------

    def _call(self, node: ast.Call) -> None:
        thrown_away = self._thrown_away is node
        if isinstance(node.func, ast.Attribute):
            self._attribute(node.func, called=True)
        elif isinstance(node.func, ast.Name):
            self._names.read(node.func.id)
            if not self._names.dotted(node.func):
                self._call_of_shell(node.func)
        else:
            self._visit(node.func)
        self._all(node.args)
        for keyword in node.keywords:
            self._visit(keyword.value)
        self._calls.note(node, thrown_away=thrown_away)

    def _binop(self, node: ast.BinOp) -> None:
        """A sum of a thousand texts is as deep as it is long."""
        terms: list[ast.expr] = []
        left: ast.expr = node
        while isinstance(left, ast.BinOp):
            terms.append(left.right)
            left = left.left
        self._all([left, *reversed(terms)])

    # ---- scopes ------------------------------------------------------------------------------------------------------

    def _functiondef(self, node: _Function) -> None:
        self._all(node.decorator_list)
        self._all([*node.args.defaults, *node.args.kw_defaults])
        if node.decorator_list:
            self._names.used.add(node.name)
        self._names.bind(node.name)
        given = parameters(node.args)
        bound, outer = bound_names(node.body)
        scope = Scope("function", self._names.scope, bound | set(given), outer)
        scope.values.update({name: Known() for name in bound})
        self._in(scope, node.body, owner=self._owner or node.name)
        self._names.functions[node.name] = given, scope

    def _in(self, scope: Scope, body: Iterable[ast.AST], *, owner: str) -> None:
        """Walk a function's body; what it does to the session's names counts if the function is used."""
        names, loops = self._names, self._loops
        inside = names.body is not None
        if not inside:
            names.body = []
        names.scope, self._loops = scope, 0
        self._all(body)
        assert scope.parent is not None
        names.scope, self._loops = scope.parent, loops
        if not inside and names.body is not None:
            self._bodies.append((owner, names.body))
            names.body = None

    def _lambda(self, node: ast.Lambda) -> None:
        self._all([*node.args.defaults, *node.args.kw_defaults])
        scope = Scope("function", self._names.scope, set(parameters(node.args)))
        self._names.scope = scope
        self._throw_away(node.body)
        assert scope.parent is not None
        self._names.scope = scope.parent

    def _classdef(self, node: ast.ClassDef) -> None:
        self._all(node.decorator_list)
        self._all([*node.bases, *(keyword.value for keyword in node.keywords)])
        self._names.bind(node.name)
        bound, outer = bound_names(node.body)
        owner, self._owner = self._owner, self._owner or node.name
        scope = self._names.scope = Scope("class", self._names.scope, bound, outer)
        self._all(node.body)
        assert scope.parent is not None
        self._names.scope, self._owner = scope.parent, owner

    def _listcomp(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> None:
        self._comprehension(node.generators, node.elt)

    def _dictcomp(self, node: ast.DictComp) -> None:
        self._comprehension(node.generators, node.key, node.value)

    def _comprehension(self, generators: list[ast.comprehension], *results: ast.expr) -> None:
        self._visit(generators[0].iter)
        outside = self._names.scope
        bound, _ = bound_names(generator.target for generator in generators)
        self._names.scope = Scope("comprehension", outside, bound)
        for at, generator in enumerate(generators):
            if at:
                self._visit(generator.iter)
            self._elements(generator.target, generator.iter)
            self._all(generator.ifs)
        for result in results:
            self._throw_away(result)
        self._names.scope = outside


def _nothing(_: Walk, __: ast.AST) -> None:
    """Nothing to see."""


_VISITORS: dict[type[ast.AST], Callable[[Walk, Any], None]] = {
    kind: getattr(Walk, f"_{name.lower()}")
    for name, kind in vars(ast).items()
    if isinstance(kind, type) and hasattr(Walk, f"_{name.lower()}")
} | {
    ast.AsyncFunctionDef: Walk._functiondef,
    ast.AsyncFor: Walk._for,
    ast.AsyncWith: Walk._with,
    ast.TryStar: Walk._try,
    ast.SetComp: Walk._listcomp,
    ast.GeneratorExp: Walk._listcomp,
    **dict.fromkeys((ast.Constant, ast.Load, ast.Store, ast.Del, ast.Pass, ast.Break, ast.Continue), _nothing),
}
