"""What Undo will be able to put back after a run, worked out before it and without copying anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...agent.effects import Effects, effects
from ...context.identity import type_name
from .contents import Depth, asked, children, content_of, is_fixed

__all__ = ["MOST_BYTES", "Plan", "changeable", "listed", "plan"]

#: Bytes of copies that are kept in all.
MOST_BYTES = 256 * 2**20
#: Bytes of copies that are kept of values that are only read, in case a function they are given to changes them.
_MOST_IN_CASE = 8 * 2**20
#: Names that are told.
_TOLD = 6


@dataclass(frozen=True, slots=True)
class Plan:
    """What Undo will be able to put back.

    Attributes
    ----------
    keep
        Names whose values are kept: those that the code changes in place, then those that it may change.
    back
        Names that can be put back.
    new
        Names that can be removed.
    lost
        What can't be put back, with the reason in brackets where there is one to tell.
    """

    keep: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """One line for who decides: ``Undo can put df and x back; not model (a Model), files.`` ``""`` for nothing."""
        can = [f"put {listed(self.back)} back"] if self.back else []
        can += [f"remove {listed(self.new)}"] if self.new else []
        if not can:
            return f"Undo can't put back {listed(self.lost, 'or')}." if self.lost else ""
        return f"Undo can {' and '.join(can)}" + (f"; not {listed(self.lost, 'or')}." if self.lost else ".")


def plan(source: str, namespace: Mapping[str, object], names: Mapping[str, str]) -> Plan:
    """What Undo will be able to put back after code has run.

    Parameters
    ----------
    source
        The code.
    namespace
        The user's variables.
    names
        Their names, with what they are (:func:`.own_names`).
    """
    found = effects(source, names=names)
    in_place = [name for name in found.in_place or () if name in namespace]
    lost = [name for name in found.in_place or () if "." in name]
    keep: list[str] = []
    left = MOST_BYTES
    for name in in_place:
        weight = _weigh(namespace[name], left)
        if weight.why_not:
            lost.append(f"{name} ({weight.why_not})")
            continue
        if not weight.whole:
            lost.append(f"all that {name} holds")
        keep.append(name)
        left -= weight.size
    rebound = [name for name in found.changes or () if name not in in_place and name in namespace]
    back = (*keep, *rebound, *(found.deletes or ()))
    keep += _in_case(found, namespace, in_place, min(left, _MOST_IN_CASE))
    return Plan(tuple(keep), tuple(dict.fromkeys(back)), found.creates or (), (*lost, *_outside(found)))


def _in_case(found: Effects, namespace: Mapping[str, object], known: list[str], left: int) -> Iterator[str]:
    """Names that are only read, or given another value, as far as keeping their values is cheap."""
    for name in dict.fromkeys((*(found.changes or ()), *(found.reads or ()), *(found.deletes or ()))):
        if name in namespace and name not in known:
            weight = _weigh(namespace[name], left)
            if not weight.why_not:
                left -= weight.size
                yield name


def _outside(found: Effects) -> Iterator[str]:
    """What is done outside the session, which nothing puts back."""
    if found.writes_files is not None or found.deletes_files is not None:
        yield "files"
    if found.network is not None:
        yield "what goes over the network"
    if found.shell is not None or found.installs is not None:
        yield "what other programs do"
    if found.dynamic is not None:
        yield "what can't be told from the code"


def changeable(value: object, depth: Depth | None = None) -> Iterator[tuple[object, type | None, int]]:
    """A value and all inside it that may be changed in place, how each is kept and its size in bytes.

    What can't be kept has ``None``; what is inside it is not looked at.
    """
    depth = depth or Depth()
    seen, pending = {id(value)}, [value]
    while pending:
        held = pending.pop()
        if is_fixed(held):
            continue
        if type(held) not in (tuple, frozenset):
            kind, size = asked(content_of, held) or (None, 0)
            yield held, kind, size
        for child in children(held, depth):
            if id(child) not in seen:
                seen.add(id(child))
                pending.append(child)


@dataclass(frozen=True, slots=True)
class _Weight:
    """What keeping a value takes in bytes, why it can't be, and whether that is all of it."""

    size: int = 0
    why_not: str = ""
    whole: bool = True


def _weigh(value: object, left: int) -> _Weight:
    total, depth = 0, Depth()
    for held, kind, size in changeable(value, depth):
        if kind is None and held is value:
            name = type_name(value).rpartition(".")[2]
            return _Weight(why_not=f"{'an' if name[:1] in 'AEIOaeio' else 'a'} {name}")
        total += size
    return _Weight(total, "too large" if total > left else "", not depth.exceeded)


def listed(names: Sequence[str], last: str = "and") -> str:
    """``a, b and c``; of many the first few."""
    told = list(names[:_TOLD])
    if len(names) > _TOLD:
        told.append(f"{len(names) - _TOLD} more")
    return f" {last} ".join(filter(None, [", ".join(told[:-1]), told[-1]]))
