"""What a pandas table or column holds.

With copy-on-write (pandas 3, and where it is switched on in pandas 2) a shallow copy keeps it and costs nothing until
one of the two is written to. Without, values are written where they are: they are copied, and copied back to where they
were, so that slices that share their memory see it too. Imports no data library.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import Any

from ...context.identity import class_name, is_a, loaded

__all__ = ["CopyOnWrite", "Outline", "Written", "equal", "is_pandas"]


def is_pandas(value: object) -> bool:
    """Whether this is exactly a pandas table or column that can be looked into."""
    return is_a(value, "pandas.DataFrame", "pandas.Series")


def _copies_on_write() -> bool:
    version = loaded("pandas.__version__")
    if type(version) is str and version.partition(".")[0].isdecimal() and int(version.partition(".")[0]) >= 3:
        return True
    return loaded("pandas.get_option")("mode.copy_on_write") is True


def _can_be_copied(value: Any) -> bool:
    """Whether copying runs none of the user's code: columns of pandas' own, and no ``attrs``, which are copied deep."""
    if getattr(value, "_attrs", None) or not hasattr(value, "_mgr"):
        return False
    return all(class_name(type(array)).partition(".")[0] in ("numpy", "pandas") for array in value._mgr.arrays)


class _Structure:
    """The columns and labels, with the names of the latter, which belong to labels that tables share."""

    def __init__(self, value: Any) -> None:
        self._shallow = value.copy(deep=False)
        self._arrays = list(value._mgr.arrays)
        self._axes = list(value.axes)
        self._names = [list(axis.names) for axis in value.axes]
        self._name = value.name if is_a(value, "pandas.Series") else None

    def _same_structure(self, value: Any) -> bool:
        if is_a(value, "pandas.Series") and value.name is not self._name:
            return False
        names = [name for axis in value.axes for name in axis.names]
        known = [name for some in self._names for name in some]
        return (
            _identical(value._mgr.arrays, self._arrays)
            and _identical(value.axes, self._axes)
            and _identical(names, known)
        )

    def put(self, value: Any) -> Any:
        if not hasattr(value, "_update_inplace"):  # another version of pandas
            return self._shallow
        value._update_inplace(self._shallow.copy(deep=False))
        for axis, names in zip(value.axes, self._names, strict=True):
            if not _identical(axis.names, names):
                axis.names = names
        if is_a(value, "pandas.Series"):
            value.name = self._name
        return value


class CopyOnWrite(_Structure):
    """Of a table that is copied when it is written to."""

    size = 0

    @staticmethod
    def weigh(value: Any) -> tuple[type[Any], int] | None:
        """This, and no bytes, if it will do."""
        return (CopyOnWrite, 0) if _can_be_copied(value) and _copies_on_write() else None

    def same(self, value: Any) -> bool:
        """Whether the value holds this still."""
        return self._same_structure(value)


class Written(_Structure):
    """Of a table whose values are written where they are."""

    def __init__(self, value: Any) -> None:
        super().__init__(value)
        self._copies = [array.copy() for array in self._arrays]
        self.size = sum(array.nbytes for array in self._copies)

    @staticmethod
    def weigh(value: Any) -> tuple[type[Any], int] | None:
        """This and its size, if it will do."""
        if not _can_be_copied(value):
            return None
        return Written, sum(int(array.nbytes) for array in value._mgr.arrays)

    def same(self, value: Any) -> bool:
        """Whether the value holds this still."""
        return self._same_structure(value) and all(map(equal, self._arrays, self._copies))

    def put(self, value: Any) -> Any:
        """Write the values back to where they were, then give the table its columns again."""
        for array, copy in zip(self._arrays, self._copies, strict=True):
            array[...] = copy
        return super().put(value)


class Outline:
    """Which columns and labels a table has, without holding them: enough to see that it was given others."""

    size = 0

    def __init__(self, value: Any) -> None:
        self._parts = [weakref.ref(part) for part in self._of(value)]

    @staticmethod
    def _of(value: Any) -> list[Any]:
        return [*value._mgr.arrays, *value.axes]

    def same(self, value: Any) -> bool:
        """Whether the value has the same columns and labels still."""
        return _identical(self._of(value), [part() for part in self._parts])

    def put(self, value: Any) -> Any:
        """Nothing can be put back from an outline."""
        return value


def equal(array: Any, copy: Any) -> bool:
    """Whether a column's values are the same; of Python objects whether they are the same objects."""
    if is_a(array, "pandas.Categorical"):
        return array.categories is copy.categories and equal(array.codes, copy.codes)
    if not is_a(array, "numpy.ndarray"):
        return bool(array.equals(copy))
    if array.dtype.hasobject:
        return _identical(array.ravel().tolist(), copy.ravel().tolist())
    return bool(loaded("numpy.array_equal")(array, copy, equal_nan=array.dtype.kind in "fcmM"))


def _identical(some: Iterable[object], others: list[object]) -> bool:
    some = list(some)
    return len(some) == len(others) and all(map(lambda one, other: one is other, some, others))
