"""pandas' tables as Frames, read through numpy and Arrow directly, since that is fastest and runs no object's code.

Imported when the first one is described; pandas itself is looked up among the loaded modules.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache, lru_cache, partial
from typing import Any

from .facts import Facts, Study
from .frames import Column, Frame, label_text
from .identity import class_name, is_a, loaded, type_name
from .numbers import memory
from .numeric import array_facts, numpy
from .pandas_columns import (
    CategoryColumn,
    ExtensionColumn,
    MaskedColumn,
    ObjectColumn,
    SparseColumn,
    UnknownColumn,
    ZonedColumn,
)
from .phrases import phrases
from .scalars import safe_zone
from .sizes import dimensions
from .terms import Terms

__all__ = ["pandas_frame"]

_NUMBERS = ("Int64", "Float64", "Int32", "Int16", "Int8", "UInt8", "UInt16", "UInt32", "UInt64", "Float32")
_MASKED = ("BooleanDtype", *(f"{name}Dtype" for name in _NUMBERS))
_TRIES = 5  # at copying a frame that changes meanwhile
_SIZED = 200  # columns up to which each one is worth some preparation


def pandas_frame(value: Any, terms: Terms) -> Frame | None:
    """A DataFrame or Series as a :class:`Frame`; ``None`` if its axes are of classes that are not pandas' own."""
    if dimensions(value) is None:
        return None
    if is_a(value, "pandas.Series"):
        kind, labels, dtypes = "pandas.Series", [value.name], [value.dtype]
    else:
        kind = "pandas.DataFrame"
        value, labels, dtypes = _caught(value, _TRIES)
    rows = len(value.index)
    take = cache([value].__getitem__ if kind == "pandas.Series" else _taker(value, len(labels)))
    different = {id(dtype): dtype for dtype in dtypes}
    texts = {key: dtype_text(dtype) for key, dtype in different.items()}
    return Frame(
        kind,
        rows,
        labels,
        list(map(texts.__getitem__, map(id, dtypes))),
        column=cache(lambda place: pandas_column(take(place))),
        size=lambda: _size(rows, dtypes, different, take),
        index=lambda study: _index(value.index, study, terms),
        row_names=None if is_a(value.index, "pandas.RangeIndex") else partial(_row_names, value.index),
        block=partial(_block, value) if kind == "pandas.DataFrame" else None,
        single=kind == "pandas.Series",
    )


def _caught(value: Any, tries: int) -> tuple[Any, list[Any], list[Any]]:
    """A frame of the same columns, to which no thread of the user's adds one, and its labels and types."""
    try:  # .attrs may be of anyone's making, and a copy would copy them
        own = loaded("pandas.DataFrame")(value, copy=False) if value.attrs else value.copy(deep=False)
        return own, own.columns.tolist(), own.dtypes.to_numpy().tolist()
    except (IndexError, ValueError):  # half of a change was copied
        if tries == 1:
            raise
        return _caught(value, tries - 1)


def _taker(frame: Any, columns: int) -> Callable[[int], Any]:
    """Gives the column at a position, in a quarter of the time ``iloc`` takes unless there are very many."""
    if columns > _SIZED:
        return lambda place: frame.iloc[:, place]
    numbered: list[Any] = []

    def take(place: int) -> Any:
        if not numbered:
            numbered.append(frame.copy(deep=False))
            numbered[0].columns = range(columns)
        return numbered[0][place]

    return take


class NumpyColumn:
    """A column that is a numpy array of numbers, booleans or times."""

    def __init__(self, array: Any) -> None:
        self.values = array

    def facts(self, study: Study) -> Facts:
        return array_facts(self.values, study)

    def items(self, positions: Sequence[int] | None) -> list[Any]:
        np = numpy()
        picked = self.values if positions is None else self.values[np.array(positions, dtype=np.intp)]
        return list(picked) if picked.dtype.kind in "Mm" else list(picked.tolist())


_COLUMNS: dict[str, Callable[[Any], Column]] = {
    "StringDtype": lambda array: _arrow_or_objects(array),
    "ArrowDtype": lambda array: _arrow_or_objects(array),
    "CategoricalDtype": CategoryColumn,
    "DatetimeTZDtype": ZonedColumn,
    "SparseDtype": SparseColumn,
    "PeriodDtype": ExtensionColumn,
    "IntervalDtype": ExtensionColumn,
    **dict.fromkeys(_MASKED, MaskedColumn),
}


def pandas_column(series: Any) -> Column:
    """A pandas Series as a column, by the exact type of its dtype."""
    dtype = series.dtype
    if _is_numpy(dtype):
        if dtype.kind == "O":
            return ObjectColumn(series.to_numpy())
        return NumpyColumn(series.to_numpy()) if dtype.kind in "biufcMm" else UnknownColumn()
    known = _known(dtype)
    return _COLUMNS[known](series.array) if known else UnknownColumn()


def dtype_text(dtype: Any) -> str:
    """A dtype in pandas' words, unless saying them would ask an object for its own."""
    if _is_numpy(dtype):
        return _numpy_text(dtype)
    known = _known(dtype)
    if known == "CategoricalDtype":
        return "category"
    if known == "SparseDtype":
        return f"Sparse[{dtype_text(dtype.subtype)}]"
    if known == "DatetimeTZDtype" and not safe_zone(dtype.tz):
        return f"datetime64[{dtype.unit}, {type_name(dtype.tz)}]"
    if known == "IntervalDtype":
        return f"interval[{dtype_text(dtype.subtype)}]"
    if known == "ArrowDtype":
        from .arrow_types import arrow_family

        return str(dtype)[:60] if arrow_family(dtype.pyarrow_dtype) != "opaque" else "extension[pyarrow]"
    return str(dtype)[:60] if known else type_name(dtype)


def _known(dtype: Any) -> str:
    """Which of pandas' own dtypes this is, by its exact type; ``""`` if none."""
    cls, name = _dtypes(sys.modules["pandas"]).get(id(type(dtype)), (None, ""))
    return name if cls is type(dtype) else ""


@lru_cache(maxsize=1)
def _dtypes(pandas: Any) -> dict[int, tuple[type, str]]:
    """pandas' own dtypes by the id of their class, since asking a foreign class for its hash may run its code."""
    classes = {name: loaded(f"pandas.{name}") for name in _COLUMNS}
    return {id(cls): (cls, name) for name, cls in classes.items() if cls is not None}


@lru_cache(maxsize=256)
def _numpy_text(dtype: Any) -> str:
    return str(dtype)[:60]


def _arrow_or_objects(array: Any) -> Column:
    if hasattr(type(array), "__arrow_array__") and not is_a(array, "pandas.arrays.StringArray"):
        from .arrow_frame import arrow_column

        return arrow_column(array.__arrow_array__())
    return ObjectColumn(array.to_numpy(dtype=object))


def _is_numpy(dtype: Any) -> bool:
    """Whether this is one of numpy's own dtypes, not a subclass of a user's."""
    return not _known(dtype) and class_name(type(dtype)).startswith(("numpy.dtype", "numpy.dtypes."))


def _row_names(index: Any, most: int) -> list[Any]:
    names: list[Any] = index[:most].tolist()
    return names


def _block(frame: Any, first: int, last: int) -> Any:
    """Neighbouring columns as one flat array if they lie together in memory, else ``None``."""
    array = frame.iloc[:, first : last + 1].to_numpy()
    if array.dtype.kind not in "iuf":
        return None
    return array.reshape(-1) if array.flags.c_contiguous else array.T.reshape(-1)


def _size(rows: int, dtypes: list[Any], different: dict[int, Any], take: Callable[[int], Any]) -> str:
    """The memory of the columns; with a plus where objects behind pointers are not counted."""
    plain = {key: dtype for key, dtype in different.items() if _is_numpy(dtype)}
    columns = Counter(map(id, dtypes))
    total = rows * sum(columns[key] * dtype.itemsize for key, dtype in plain.items())
    more = any(dtype.kind == "O" for dtype in plain.values())
    for place, dtype in enumerate(dtypes) if len(plain) < len(different) else ():
        if id(dtype) in plain:
            continue
        if len(dtypes) > _SIZED or dtype_text(dtype) == type_name(dtype):
            more = True
        else:
            total += int(take(place).array.nbytes)
    text = memory(total)
    return text.replace(" ", "+ ") if more else text


def _index(index: Any, study: Study, terms: Terms) -> str:
    """The row labels: class, name, and what is known of them."""
    kind = class_name(type(index)).rpartition(".")[2]
    if kind == "RangeIndex":
        if not len(index):
            return ""
        step = f" step {index.step}" if index.step != 1 else ""
        name = f" {label_text(index.name, terms)}" if index.name is not None else ""
        return f"RangeIndex{name} {index.start} … {index.start + (len(index) - 1) * index.step}{step}"
    if kind == "MultiIndex":
        names = [label_text(name, terms) if name is not None else "unnamed" for name in index.names]
        return "MultiIndex " + " × ".join(names)
    name = f" {label_text(index.name, terms)}" if index.name is not None else ""
    said = ", ".join(phrases(pandas_column(index).facts(study), terms, 2)) if len(index) else ""
    return f"{kind}{name} ({dtype_text(index.dtype)}){': ' + said if said else ''}"
