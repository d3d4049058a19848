"""The shapes of texts: ``AB-1204`` is ``AA-9999``. They tell a model how to parse, split and join.

Imports no data library.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from .readings import read_texts

__all__ = ["Shapes", "looks_ordered", "loose_shape", "shape"]

_LONGEST = 40
_LOOKED_AT = 120
_RUNS = tuple((re.compile(f"{one}{one}+"), f"{one}+") for one in "Aa9")
_TELLING = re.compile(r"[9@/:_#$%€£-]")
_ISO = re.compile(r"\d{4}-\d\d(-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?")


class _Classes(dict[int, int]):
    """Code points to the one of their class: A, a, 9 or the character itself."""

    def __missing__(self, code: int) -> int:
        character = chr(code)
        found = code
        if character.isdigit():
            found = ord("9")
        elif character.isalpha():
            found = ord("A") if character.isupper() else ord("a")
        if code < 0x250:
            self[code] = found
        return found


_CLASSES = _Classes()


def shape(text: str) -> str:
    """The text with letters as A or a and digits as 9."""
    return text[:_LONGEST].translate(_CLASSES)


def loose_shape(text: str) -> str:
    """The shape of a text with its runs collapsed: ``Aa+ 9+``."""
    return _loose(shape(text))


class Shapes:
    """The shapes of some texts.

    Parameters
    ----------
    values
        Different, non-missing texts; of many, some evenly from all of them are looked at.
    """

    def __init__(self, values: Sequence[str]) -> None:
        self._some = _spread(values, _LOOKED_AT)
        self._forms = [shape(value) for value in self._some]
        loose = {form: _loose(form) for form in dict.fromkeys(self._forms)}
        self._loose = [loose[form] for form in self._forms]
        #: What the texts stand for, if they are more than texts.
        self.reading = read_texts(self._some, self._forms)

    def notes(self) -> tuple[str, ...]:
        """What can be said of them: what they stand for, one shape, a few with their shares, or lengths."""
        if self.reading and self.reading.kind != "code":
            return (self.reading.note,)
        size = len(self._some)
        if size < 3:
            return ()
        return (*((self.reading.note,) if self.reading else ()), *self._shape_notes(size))

    def _shape_notes(self, size: int) -> tuple[str, ...]:
        lengths = [len(value) for value in self._some]
        if max(lengths) > _LONGEST:
            return (f"{min(lengths):,} to {max(lengths):,} characters long",)
        exact = Counter(self._forms).most_common(4)
        if len(exact) <= 3 and all(_is_telling(form) for form, _ in exact):
            return (_told(exact, size),)
        form, count = Counter(self._loose).most_common(1)[0]
        return (f"shape {form}",) if count >= 0.9 * size and _is_telling(form) else ()

    def examples(self, most: int) -> list[str]:
        """Texts of different shapes, the frequent shapes first; the choice is the same for the same texts."""
        groups: dict[str, list[str]] = {}
        for value, form in zip(self._some, self._loose, strict=True):
            groups.setdefault(form, []).append(value)
        ranked = sorted(groups.values(), key=lambda group: (-len(group), group[0]))
        chosen = [group[0] for group in ranked[:most]]
        for value in _spread(self._some, 2 * most):
            if len(chosen) < most and value not in chosen:
                chosen.append(value)
        return chosen


def looks_ordered(values: Sequence[str]) -> bool:
    """Whether the texts are dates or months in ISO order, so that their alphabetical range is one of time."""
    some = _spread(values, 50)
    length = len(some[0]) if some else 0
    return bool(some) and all(len(value) == length and _ISO.fullmatch(value) for value in some)


def _loose(form: str) -> str:
    """A shape with its runs collapsed: ``Aa+ 9+``."""
    for run, short in _RUNS:
        form = run.sub(short, form)
    return form


def _is_telling(form: str) -> bool:
    """Whether a shape says more than that there are words."""
    return _TELLING.search(form) is not None and form.count(" ") < 3


def _told(forms: list[tuple[str, int]], total: int) -> str:
    if len(forms) == 1:
        return f"shape {forms[0][0]}"
    return "shapes " + ", ".join(f"{form} {100 * count / total:.0f} %" for form, count in forms)


def _spread(values: Sequence[str], most: int) -> list[str]:
    """At most so many of the values, evenly from all of them."""
    if len(values) <= most:
        return list(values)
    return [values[place * len(values) // most] for place in range(most)]
