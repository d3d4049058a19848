"""Keeping what a run may change, and putting it back."""

from __future__ import annotations

import re
import secrets
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from ...context.names import snapshot
from ..namespace import own_names
from .contents import Content, asked, extent
from .pandas_contents import CopyOnWrite, Outline, Written
from .plan import MOST_BYTES, Plan, changeable, listed, plan

__all__ = ["Undo"]

#: Seconds that keeping may take.
_SECONDS = 0.3
#: Bytes of values that are kept once more after the run, to tell what the user changes later.
_SMALL = 8 * 2**20
#: IPython's names for results and inputs.
_HISTORY = re.compile(r"_{1,3}|_i{1,3}|_i?\d+|_[iod]h|In|Out")
#: What was done with a name.
_BACK, _BROUGHT, _TAKEN, _LEFT = "put back", "brought back", "taken away", "left as it is, changed since the run"
_MISSING = object()
_GONE = object()


@dataclass(slots=True)
class _Kept:
    """A value that may be changed in place, with what it held before the run."""

    value: Any
    before: Content
    names: list[str]


@dataclass(slots=True)
class _Binding:
    """What a name stood for before the run and after it."""

    before: Any
    after: Callable[[], Any]


@dataclass(slots=True)
class _Run:
    """The last run: what is kept for it, and how it left things."""

    plan: Plan
    namespace: dict[str, object]
    turn: str
    key: str = field(default_factory=lambda: secrets.token_hex(8))
    kept: dict[int, _Kept] = field(default_factory=dict)
    bindings: dict[str, _Binding] = field(default_factory=dict)
    left: dict[int, tuple[Callable[[], object], Content]] = field(default_factory=dict)
    late: tuple[str, ...] = ()
    over: bool = False
    line: str | None = None


class Undo:
    """Undo of the last run in a session. Use it on the main thread.

    Parameters
    ----------
    shell
        The IPython shell.

    Attributes
    ----------
    turn
        The turn that the next runs belong to.
    """

    def __init__(self, shell: Any) -> None:
        self.turn = ""
        self._shell = shell
        self._run: _Run | None = None

    @property
    def bytes(self) -> int:
        """Bytes of copies that are kept now."""
        if self._run is None:
            return 0
        left = (content for _, content in self._run.left.values())
        return sum(content.size for content in (*(kept.before for kept in self._run.kept.values()), *left))

    def before(self, source: str) -> Plan:
        """What could be put back after code has run. Nothing is copied."""
        return plan(source, self._shell.user_ns, own_names(self._shell))

    def keep(self, plan: Plan) -> None:
        """Keep what a plan names, right before the run; what was kept of the run before is let go."""
        self._run = run = _Run(plan, self._names(), self.turn)
        until, left, late = time.monotonic() + _SECONDS, MOST_BYTES, []
        for name in plan.keep:
            for value, kind, size in changeable(run.namespace.get(name)):
                if id(value) in run.kept:
                    run.kept[id(value)].names.append(name)
                elif kind is None:
                    continue
                elif size <= left and time.monotonic() < until and (content := asked(kind, value)):
                    left -= size
                    run.kept[id(value)] = _Kept(value, content, [name])
                elif name in plan.back and name not in late:
                    late.append(name)
        run.late = tuple(late)

    def left(self) -> None:
        """Remember what the run left, right after it."""
        run = self._run
        if run is None:
            return
        now, before = self._names(), run.namespace
        new: list[object] = [kept.value for kept in run.kept.values()]
        for name in dict.fromkeys((*before, *now)):
            old, there = before.get(name, _MISSING), now.get(name, _MISSING)
            if old is not there:
                run.bindings[name] = _Binding(old, _reference(there))
                new.append(there)
        run.namespace, run.over = {}, True
        self._look(run, new)

    def _look(self, run: _Run, values: list[object]) -> None:
        """Keep what values hold after the run, of small ones: what the user does to them later is not to be lost."""
        left = _SMALL
        for held, kind, _ in chain.from_iterable(map(changeable, values)):
            if kind is None or id(held) in run.left:
                continue
            if (size := asked(extent, held) or 0) <= left:
                left -= size
            elif issubclass(kind, CopyOnWrite | Written):
                kind = Outline
            else:
                continue
            if content := asked(kind, held):
                run.left[id(held)] = _reference(held), content

    def forget(self) -> None:
        """Let go of what is kept."""
        self._run = None

    # ---- putting back ------------------------------------------------------------------------------------------------

    def back(self, key: str = "") -> str:
        """Put back what the last run changed, once.

        Parameters
        ----------
        key
            Only where the last run is still the one that was offered under this key (:attr:`offer`).

        Returns
        -------
        str
            What was done with each name, a line each; that there is nothing to undo otherwise.
        """
        run = self._run
        if run is None:
            return "There is nothing to undo."
        if key and key != run.key:
            return "Another run came after that one; nothing was undone."
        if not run.over:
            return "The code still runs; stop it first."
        self._run = None
        done: dict[str, list[str]] = {what: [] for what in (_BACK, _BROUGHT, _TAKEN, _LEFT)}
        for name, what in (*self._bindings(run), *self._contents(run)):
            if not any(name in names for names in done.values()):
                done[what].append(name)
        lines = [f"{what}: {', '.join(names)}" for what, names in done.items() if names]
        if lost := (*run.plan.lost, *(f"{name} (could not be kept)" for name in run.late)):
            lines.append(f"not put back: {', '.join(lost)}")
        return "\n".join(lines) or "Of the last run there is nothing to put back."

    @property
    def line(self) -> str:
        """What Undo would do now, in one line; ``""`` where there is nothing to undo."""
        run = self._run
        if run is None or not run.over:
            return ""
        if run.line is None:  # comparing what is kept is dear for large values
            touched = self._touched(run)
            run.line = f"Undo the last run: {listed(touched)}" if touched else ""
        return run.line

    @property
    def offer(self) -> dict[str, str]:
        """The same for a front end: the ``turn``, the ``line`` and the ``key`` to undo just that; empty for nothing."""
        line = self.line
        return {"turn": self._run.turn, "key": self._run.key, "line": line} if self._run is not None and line else {}

    def _touched(self, run: _Run) -> list[str]:
        changed = [kept.names for kept in run.kept.values() if not _same(kept.before, kept.value)]
        return list(dict.fromkeys((*chain.from_iterable(changed), *run.bindings)))

    def _bindings(self, run: _Run) -> Iterator[tuple[str, str]]:
        """Put back what names were bound to; the name and what was done with it."""
        namespace = self._shell.user_ns
        for name, binding in run.bindings.items():
            now = namespace.get(name, _MISSING)
            if now is binding.before:
                continue
            if now is not binding.after() or self._changed_since(run, now):
                yield name, _LEFT
            elif binding.before is _MISSING:
                del namespace[name]
                yield name, _TAKEN
            else:
                namespace[name] = binding.before
                yield name, _BROUGHT if now is _MISSING else _BACK

    def _contents(self, run: _Run) -> Iterator[tuple[str, str]]:
        """Put back what values held that their names still have; the name and what was done with it."""
        namespace = self._shell.user_ns
        for kept in run.kept.values():
            names = [
                name
                for name in kept.names
                if name not in run.bindings or namespace.get(name) is run.bindings[name].before
            ]
            if not names or _same(kept.before, kept.value):
                continue
            if not self._changed_since(run, kept.value, deep=False):
                standing = kept.before.put(kept.value)
                if standing is not kept.value:
                    self._stand_in(kept.value, standing)
                yield from ((name, _BACK) for name in names)
            else:
                yield from ((name, _LEFT) for name in names)

    def _changed_since(self, run: _Run, value: object, *, deep: bool = True) -> bool:
        """Whether the user changed a value, or what it holds, since the run; of large ones that is not known."""
        held = [one for one, _, _ in changeable(value)] if deep else [value]
        known = [(one, *run.left[id(one)]) for one in held if id(one) in run.left]
        return any(there() is one and not _same(content, one) for one, there, content in known)

    def _stand_in(self, value: object, standing: object) -> None:
        """Where nothing can be put into a value, another takes its place under every name it has."""
        for name, bound in self._names().items():
            if bound is value:
                self._shell.user_ns[name] = standing

    def _names(self) -> dict[str, object]:
        return {name: value for name, value in snapshot(self._shell.user_ns).items() if not _HISTORY.fullmatch(name)}


def _reference(value: object) -> Callable[[], object]:
    """Gives the value back; holds it only where there is no other way to tell whether a name still has it."""
    try:
        found = weakref.ref(value)
    except TypeError:
        return lambda: value
    return lambda: _GONE if (there := found()) is None else there


def _same(content: Content, value: object) -> bool:
    """Whether a value holds this still; where its library can't tell, it counts as changed."""
    return asked(content.same, value) is True
