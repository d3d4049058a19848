"""What the calls in code do: files, network, processes, packages, loops that take long, and what can't be told.

Imports no front end and runs nothing.
"""

from __future__ import annotations

import ast
import re

from . import known
from .names import Facts, Names, is_library, is_path

__all__ = ["Calls", "number"]

#: Functions that open a file, with the place of the mode among their arguments.
_OPENERS = {
    "builtins.open": 1,
    "io.open": 1,
    "codecs.open": 1,
    "gzip.open": 1,
    "bz2.open": 1,
    "lzma.open": 1,
    "tarfile.open": 1,
    "zipfile.ZipFile": 1,
    "h5py.File": 1,
    "netCDF4.Dataset": 1,
    "fsspec.open": 1,
    "io.FileIO": 1,
}
_LAZY_MODE = frozenset("wax+")
#: Where text goes that is written to no file.
_BUFFERS = frozenset({"io.StringIO", "io.BytesIO", "sys.stdout", "sys.stderr"})
_URL = re.compile(
    r"(?:https?|ftps?|sftp|s3a?|gs|gcs|abfss?|az|hf|wss?|mysql|postgres\w*|mongodb|redis|mssql)(?:\+\w+)?://"
)
#: Longest description of an argument that is no literal, in characters.
_SHORT = 40
#: From how many rounds on a loop is told.
_MANY = 10_000_000
_MENTIONS = frozenset({"sys.modules", "sys.meta_path", "sys.path_hooks", "sys.displayhook", "sys.excepthook"})
_COPY_TO = re.compile(r"\bto\s+'([^']+)'", re.IGNORECASE)


class Calls:
    """Notes what calls do.

    Parameters
    ----------
    names
        What is known of names where the reader is.
    facts
        Where it is noted.
    lines
        The source, for what an argument is called.
    """

    def __init__(self, names: Names, facts: Facts, lines: list[str]) -> None:
        self._names = names
        self._facts = facts
        self._lines = lines

    def mention(self, dotted: str) -> None:
        """A function or module is spoken of without being called here: what gets hold of it may call it."""
        first, _, rest = dotted.partition(".")
        if not rest:
            if first in known.RISKY_MODULES:
                self._facts.add("dynamic", f"{first} as a value")
        elif first == "builtins":
            if rest in known.BUILTIN_DYNAMIC or rest in ("getattr", "setattr", "delattr"):
                self._facts.add("dynamic", rest)
        elif dotted in _MENTIONS:
            self._facts.add("dynamic", dotted)
        elif (kind := _function(dotted)[0]) and kind != "long loop" and rest.rpartition(".")[2].islower():
            self._facts.add(kind)

    def note(self, node: ast.Call, *, thrown_away: bool) -> None:
        """Note what a call does; with ``thrown_away``, nothing is done with its result."""
        dotted = self._names.dotted(node.func)
        if is_library(dotted):
            self._library(node, dotted, thrown_away=thrown_away)
        elif isinstance(node.func, ast.Attribute):
            self._method(node, node.func, thrown_away=thrown_away)
        elif isinstance(node.func, ast.Name):
            self._own(node, node.func.id)
        for keyword in node.keywords:
            if keyword.arg in ("inplace", "in_place") and isinstance(node.func, ast.Attribute):
                if not (isinstance(keyword.value, ast.Constant) and not keyword.value.value):
                    self.change(node.func.value)
            elif keyword.arg == "out":
                self.change(keyword.value)

    def change(self, node: ast.expr) -> None:
        """What an expression is part of is changed in place: a value of the session's, or a library's own."""
        dotted = self._names.dotted(node)
        if is_library(dotted):
            kind = "dynamic" if dotted.startswith(("sys.", "builtins")) else "changes"
            self._facts.add(kind, dotted)
            self._facts.add("in place", dotted)
        elif name := self._names.root(node):
            self._names.change(name)

    # ---- functions ---------------------------------------------------------------------------------------------------

    def _library(self, node: ast.Call, dotted: str, *, thrown_away: bool) -> None:
        last = dotted.rpartition(".")[2]
        short = f"{dotted.partition('.')[0]}.{last}"
        kind, at = _function(dotted)
        if dotted in _OPENERS:
            self._opens(node, _argument(node, 0, known.PATH_KEYWORDS), _OPENERS[dotted])
        elif kind:
            self._does(node, kind, at, dotted)
        elif dotted.startswith("builtins."):
            self._builtin(node, last)
        elif last == "sleep":
            self._facts.add("long loop", f"sleep {self.said(node.args[0])}" if node.args else "sleep")
        elif short in ("operator.attrgetter", "operator.methodcaller"):
            self._attribute(node, 0, short)
        elif dotted.count(".") > 1 and thrown_away and isinstance(node.func, ast.Attribute):
            self._changes_its_own(node.func)
        if short in known.CALLER_CHANGES and (changed := _argument(node, known.CALLER_CHANGES[short])) is not None:
            self.change(changed)
        self._reads_address(node, last)
        self._queries(node, last)

    def _changes_its_own(self, func: ast.Attribute) -> None:
        """A library's own object is changed: ``os.environ.update(…)``."""
        if func.attr in known.VOID_MUTATORS | known.MUTATORS:
            self.change(func.value)

    def _does(self, node: ast.Call, kind: str, at: int | None, what: str) -> None:
        """A known function is called."""
        if kind == known.DYNAMIC:
            self._facts.add(kind, what)
        elif kind == known.SHELL:
            self._runs(node, at)
        elif kind == known.INSTALLS:
            self._facts.add(kind, self._words(node.args[0]) if node.args else "")
        else:
            self._touches(kind, node, at)
            if kind != known.NETWORK and _module(what) == known.NETWORK:
                self._touches(known.NETWORK, node, 0)

    def _builtin(self, node: ast.Call, name: str) -> None:
        if name in known.BUILTIN_DYNAMIC:
            self._facts.add("dynamic", name)
        elif name in ("getattr", "setattr", "delattr", "hasattr"):
            self._attribute(node, 1, name)
            if name != "hasattr" and len(node.args) > 1:
                self.mention(self._names.dotted(node))
        elif name == "range" and any((number(argument) or 0) >= _MANY for argument in node.args):
            self._facts.add("long loop", f"range({', '.join(map(self.said, node.args))})")

    def _attribute(self, node: ast.Call, at: int, what: str) -> None:
        """An attribute by a text: its name can be read if it is a literal, and is told if it is not an everyday one."""
        name = self._names.know(node.args[at]).text if len(node.args) > at else None
        if name is None:
            self._facts.add("dynamic", what)
        elif any(part in known.METHODS or known.is_odd(part) for part in name.split(".")):
            self._facts.add("dynamic", f"{what} {name}")

    def _own(self, node: ast.Call, name: str) -> None:
        """A function of the code itself changes what is given to it as it changes its parameters."""
        if name not in self._names.functions:
            return
        parameters, scope = self._names.functions[name]
        given = [*zip(parameters, node.args, strict=False), *((word.arg, word.value) for word in node.keywords)]
        for parameter, value in given:
            if parameter in scope.changed:
                self.change(value)

    # ---- methods -----------------------------------------------------------------------------------------------------

    def _method(self, node: ast.Call, func: ast.Attribute, *, thrown_away: bool) -> None:
        name, receiver = func.attr, func.value
        if isinstance(receiver, ast.Attribute) and receiver.attr in ("str", "dt", "list", "cat", "struct"):
            return  # a column's texts or times: nothing of these changes anything
        made = self._names.know(receiver)
        if name in known.METHODS:
            self._known_method(node, receiver, *known.METHODS[name])
        elif name in known.PATH_METHODS and is_path(made):
            kind, at = known.PATH_METHODS[name]
            self._facts.add(kind, self.said(receiver if at < 0 else _argument(node, at, known.PATH_KEYWORDS)))
        elif name == "open":
            self._opens(node, receiver, 0)
        elif name in ("eval", "query"):
            self._evaluates(node, name)
        elif name == "to_sql" and (connection := _argument(node, 1, {"con", "connection"})) is not None:
            self.change(connection)
        if name in known.MUTATORS or (thrown_away and name in known.VOID_MUTATORS and not _is_tables_sort(node, name)):
            self.change(receiver)
        self._reads_address(node, name)
        self._queries(node, name)

    def _evaluates(self, node: ast.Call, name: str) -> None:
        """A table evaluates a text: it can be read if it is a literal, and may call what is in the session."""
        text = self._names.know(node.args[0]).text if node.args else ""
        if (text is None and name == "eval") or re.search(r"@.*\(|__", text or ""):
            self._facts.add("dynamic", name)

    def _known_method(self, node: ast.Call, receiver: ast.expr, kind: str, at: int) -> None:
        if at < 0:
            self._facts.add(kind, self.said(receiver))
        else:
            assert isinstance(node.func, ast.Attribute)
            self._does(node, kind, at, node.func.attr)

    # ---- what is done ------------------------------------------------------------------------------------------------

    def _touches(self, kind: str, node: ast.Call, at: int | None) -> None:
        """A file, directory or address is written, deleted or asked."""
        argument = None if at is None else _argument(node, at, known.PATH_KEYWORDS)
        if kind != known.WRITES or at is None:
            self._facts.add(kind, self.said(argument))
        elif argument is None:
            if any(isinstance(given, ast.Starred) for given in node.args) or _has_stars(node):
                self._facts.add(kind)
        elif not self._is_no_file(argument):
            self._facts.add(kind, self.said(argument))

    def _is_no_file(self, node: ast.expr) -> bool:
        value = self._names.know(node)
        if isinstance(node, ast.Constant):
            return value.text in (None, ":memory:", "")
        return value.made in _BUFFERS or value.dotted in _BUFFERS

    def _opens(self, node: ast.Call, path: ast.expr | None, at: int) -> None:
        mode = _argument(node, at, {"mode"})
        text = "r" if mode is None else self._names.know(mode).text
        if text is None or _LAZY_MODE & set(text):
            self._facts.add(known.WRITES, self.said(path))
        self._reads_address(node, "open")

    def _runs(self, node: ast.Call, at: int | None) -> None:
        argument = _argument(node, at or 0, {"args", "cmd", "command"})
        words = self._words(argument)
        self._facts.add(known.SHELL, _cut(words))
        self.installs(words)

    def installs(self, command: str) -> None:
        """Note what a command installs, if it installs."""
        for installer in known.INSTALLERS:
            if (at := command.find(installer)) >= 0:
                rest = command[at + len(installer) :].split()
                named = [word for word in rest if not word.startswith("-") and word != "install"]
                self._facts.add(known.INSTALLS, _cut(" ".join(named)))
                return

    def _words(self, node: ast.expr | None) -> str:
        """A command as one line."""
        if isinstance(node, ast.List | ast.Tuple):
            return " ".join(self.said(item) for item in node.elts[:20])
        if isinstance(node, ast.JoinedStr):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
        return self.said(node)

    def _reads_address(self, node: ast.Call, name: str) -> None:
        """A reader that is given an address reads from the network."""
        if name.startswith(known.URL_READERS):
            for given in (*node.args, *(keyword.value for keyword in node.keywords)):
                if isinstance(given, ast.JoinedStr) and given.values:
                    given = given.values[0]
                text = self._names.know(given).text
                if text is not None and _URL.match(text):
                    self._facts.add(known.NETWORK, _cut(text, 60))

    def _queries(self, node: ast.Call, name: str) -> None:
        """A query that changes something changes what it is sent to."""
        if name not in known.QUERIES or not node.args:
            return
        text = (self._names.know(node.args[0]).text or "").lstrip()
        if text[:10].lower().startswith(known.CHANGING_QUERIES):
            if isinstance(node.func, ast.Attribute):
                self.change(node.func.value)
            if target := _COPY_TO.search(text):
                self._facts.add(known.WRITES, _cut(target[1]))

    def said(self, node: ast.expr | None) -> str:
        """An argument in a few words: a literal's text, else what stands in the code."""
        if node is None:
            return ""
        text = self._names.know(node).text
        if text is not None:
            return _cut(text, 80)
        if node.lineno != node.end_lineno:
            return "…"
        line = self._lines[node.lineno - 1].encode()
        return _cut(line[node.col_offset : node.end_col_offset].decode(errors="replace"))


def number(node: ast.expr) -> float | None:
    """The number that plain arithmetic gives, ``None`` if it is none."""
    match node:
        case ast.Constant(value=int() | float() as value):
            return float(value) if abs(value) < 1e300 else 1e300
        case ast.BinOp(left=left, op=op, right=right):
            first, second = number(left), number(right)
            if first is None or second is None:
                return None
            match op:
                case ast.Mult():
                    return first * second
                case ast.Add():
                    return first + second
                case ast.Pow() if 0 <= second <= 300 and 1 <= first <= 10:
                    return float(first**second)
        case ast.Call(func=ast.Name(id="int"), args=[argument]):
            return number(argument)
    return None


def _function(dotted: str) -> tuple[str, int | None]:
    """What a library's function does, ``""`` where that is not known."""
    first, _, rest = dotted.partition(".")
    return known.FUNCTIONS.get(f"{first}.{rest.rpartition('.')[2]}") or (_module(dotted), 0)


def _module(dotted: str) -> str:
    """What every call into a module does, ``""`` where that is not known."""
    first, *rest = dotted.split(".", 2)
    return known.MODULES.get(first) or (known.MODULES.get(f"{first}.{rest[0]}", "") if rest else "")


def _argument(node: ast.Call, at: int, keywords: frozenset[str] | set[str] = frozenset()) -> ast.expr | None:
    """An argument by its place or one of its names; ``None`` where it is not given, or only with a star."""
    if len(node.args) > at and not any(isinstance(argument, ast.Starred) for argument in node.args[: at + 1]):
        return node.args[at]
    return next((keyword.value for keyword in node.keywords if keyword.arg in keywords), None)


def _has_stars(node: ast.Call) -> bool:
    return any(keyword.arg is None for keyword in node.keywords)


def _is_tables_sort(node: ast.Call, name: str) -> bool:
    """A table's ``sort`` returns a new one; a list's takes its two keywords, an array's numbers."""
    if name == "add":
        return bool(node.keywords)
    if name != "sort":
        return False
    plain = all(isinstance(argument, ast.Constant) and type(argument.value) is int for argument in node.args)
    return not plain or any(keyword.arg not in known.SORT_KEYWORDS for keyword in node.keywords)


def _cut(text: str, most: int = _SHORT) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"
