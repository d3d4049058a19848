"""A column's values side by side with those of others: one array, one mask, for every library's columns.

The digest's ``Facts`` leave missing values out and so lose the rows; groups, pairs and histograms need them. What is
read becomes numbers, flags, moments, spans or the codes of labels; anything else stays a list of objects, of which only
the exact types are looked at. Imports no data library: numpy is handed in.
"""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from types import NoneType
from typing import Any, Literal

from ..facts import FEW, SAMPLE, Study, is_mapped
from ..frames import Column, Frame
from ..library_column import ArrowColumn, LibraryColumn
from ..pandas_columns import CategoryColumn, MaskedColumn, ObjectColumn, SparseColumn, ZonedColumn
from ..pandas_frame import NumpyColumn
from ..scalars import is_missing, safe_zone, scalar
from ..terms import Terms

__all__ = ["Kind", "Values", "bare_text", "name_text", "of_array", "of_items", "places_of", "read"]

#: What the values of a column are, for one who counts them.
Kind = Literal["number", "flag", "moment", "span", "label", "object"]

_CELLS = 1_500_000  # numbers that are read for one look; other values count for more
_TEXT, _OBJECT = 4, 24  # numbers that could be read in the time of one text of a few, of another text or an object
_BYTES = 32  # of a text beyond which it counts for more
_LEVELS = 1_000  # categories beyond which each costs as an object does
_KEPT = 256  # characters by which long texts are told apart
_ALLOWANCE = 1  # a cell, to ask whether there is time for any
_NUMBERS = (int, float, decimal.Decimal)
_KINDS: dict[str, Kind] = {"b": "flag", "i": "number", "u": "number", "f": "number", "M": "moment", "m": "span"}
_WIDTH = 40


@dataclass(frozen=True, slots=True)
class Values:
    """The values of some rows of a column.

    Attributes
    ----------
    kind
        What they are.
    array
        Numbers as they are or as floats, flags, ``datetime64`` (of the zone), ``timedelta64``, or the codes of labels,
        -1 for a missing one. Of objects ``None``.
    missing
        True where there is no value.
    names
        What stands behind the codes, of exact types.
    ordered
        The names have an order of their own, the one they are in.
    zone
        In which time zone moments are told, ``""`` for those that have none.
    items
        The objects.
    """

    kind: Kind
    array: Any
    missing: Any
    names: Sequence[Any] = ()
    ordered: bool = False
    zone: str = ""
    items: Sequence[Any] = field(default=(), repr=False)

    @property
    def present(self) -> Any:
        """The array without the missing ones."""
        return self.array[~self.missing]


def places_of(np: Any, frame: Frame, columns: Sequence[int], terms: Terms) -> Any:
    """The rows that are looked at in these columns: ``None`` for all, else one of each of equal strata.

    How many depends on what the columns hold and not on the clock: the same data give the same rows.
    """
    if frame.rows > SAMPLE:
        for place in columns:
            study = Study(frame.rows, 1, terms)
            if _is_slow(np, frame.column(place), study):
                return study.index(np)
    price = sum(_price(np, frame.column(place), Study(frame.rows, 1, terms)) for place in columns)
    most = max(SAMPLE, int(_CELLS / max(1, price)))
    return None if frame.rows <= most else _strata(np, frame.rows, most)


def read(np: Any, column: Column, places: Any, terms: Terms) -> Values:
    """The values of a column at these rows, or at all (``None``)."""
    if isinstance(column, NumpyColumn) and column.values.dtype.kind in _KINDS:
        return of_array(np, column.values if places is None else column.values[places])
    if isinstance(column, MaskedColumn):
        picked = column.values if places is None else column.values.take(places)
        plain = picked.to_numpy(dtype=picked.dtype.numpy_dtype, na_value=0)
        return of_array(np, plain, np.asarray(picked.isna()))
    if isinstance(column, ZonedColumn):
        return _of_zoned(np, column.values if places is None else column.values.take(places), terms)
    if isinstance(column, SparseColumn) and column.values.dtype.subtype.kind in _KINDS:
        picked = column.values if places is None else column.values.take(places)
        return of_array(np, picked.to_dense())
    if isinstance(column, CategoryColumn):
        codes = column.values.codes if places is None else column.values.codes[places]
        found = _of_codes(np, codes.astype(np.intp), column.values.categories, terms)
        return replace(found, ordered=bool(column.values.ordered))
    if isinstance(column, LibraryColumn):
        return _of_library(np, column, places, terms)
    return of_items(np, column.items(places if places is None else places.tolist()), terms)


def name_text(name: Any, terms: Terms, limit: int = _WIDTH) -> str:
    """A label's name as it is told."""
    return scalar(name, terms, limit) or "?"


def bare_text(name: Any, terms: Terms, limit: int = _WIDTH) -> str:
    """A label's name where a field of CSV holds it."""
    if type(name) is not str:
        return name_text(name, terms, limit)
    return terms.plain(name, limit) or "(empty)"


def _price(np: Any, column: Column, study: Study) -> float:
    """What reading a value costs, in numbers."""
    if isinstance(column, LibraryColumn) and study.rows:
        if column.family == "array":
            return 1
        quick = 1 if isinstance(column, ArrowColumn) else _TEXT
        few = column.family == "text" and (study.rows <= SAMPLE or len(column.tally(study.index(np))[0]) <= FEW)
        return (quick if few else _OBJECT) + column.size() / study.rows / _BYTES
    if isinstance(column, ObjectColumn):
        some = column.items(study.index(np) if study.rows > SAMPLE else None)
        few = _all_are(some, str, NoneType, float) and len({text for text in some if type(text) is str}) <= FEW
        return _TEXT if few else _OBJECT
    if isinstance(column, CategoryColumn):
        return 1 if len(column.values.categories) <= _LEVELS else _OBJECT
    return 1 if isinstance(column, NumpyColumn | MaskedColumn | ZonedColumn | SparseColumn) else _OBJECT


def _is_slow(np: Any, column: Column, study: Study) -> bool:
    """Whether the values of a large column come slowly, as from a disk; then the study has few places to look at."""
    if isinstance(column, NumpyColumn):
        values = column.values
        study.probe(np, values.__getitem__, values.nbytes, mapped=is_mapped(values))
    elif isinstance(column, LibraryColumn):
        study.probe(np, column.take, column.size())
    return not study.affords(_ALLOWANCE)


def _strata(np: Any, rows: int, most: int) -> Any:
    """A random place in each of equal strata, the same ones always; a row that two strata share only once."""
    draw = np.random.default_rng(SAMPLE).random(most)
    places = np.minimum(((np.arange(most) + draw) * (rows / most)).astype(np.intp), rows - 1)
    return places[np.concatenate([[True], places[1:] != places[:-1]])]


def of_array(np: Any, array: Any, missing: Any = None) -> Values:
    """Values of an array of numbers, flags, moments or spans; which are missing, where the array can't say itself."""
    array = np.asarray(array)
    if missing is None:
        kind = array.dtype.kind
        missing = np.isnan(array) if kind == "f" else np.isnat(array) if kind in "Mm" else np.zeros(len(array), bool)
    return Values(_KINDS[array.dtype.kind], array, missing)


def _of_zoned(np: Any, picked: Any, terms: Terms) -> Values:
    """pandas' moments with a zone in the zone's own time, or in UTC if asking it might run foreign code."""
    own = safe_zone(picked.tz)
    moments = (picked.tz_localize(None) if own else picked).asi8.view(f"M8[{picked.unit}]")
    return replace(of_array(np, moments), zone=terms.plain(str(picked.tz), _WIDTH) if own else "UTC")


def _of_library(np: Any, column: LibraryColumn, places: Any, terms: Terms) -> Values:
    if column.family not in ("array", "text"):
        return of_items(np, [] if column.family == "opaque" else column.items(places), terms)
    if column.family == "text" and not isinstance(column, ArrowColumn):
        return _coded(np, column.items(places))
    picked = column.values if places is None else column.take(places)
    picked = picked if column.decode is None else column.decode(picked)
    if column.family == "text":
        return _of_arrow(np, picked, terms)
    if isinstance(column, ArrowColumn):
        array, zone = _arrow_array(np, picked), getattr(picked.type, "tz", None)
    else:
        array, zone = _narwhals_array(np, picked), getattr(picked.dtype, "time_zone", None)
    return replace(of_array(np, *array), zone=terms.plain(str(zone or ""), _WIDTH))


def _arrow_array(np: Any, picked: Any) -> tuple[Any, Any]:
    """An Arrow array as numpy's; flags with nulls by way of numbers, since numpy has none."""
    flags = str(picked.type) == "bool"
    if getattr(picked.type, "tz", None):
        picked = import_module("pyarrow.compute").local_timestamp(picked)
    array = (picked.cast("int8") if flags else picked).to_numpy(zero_copy_only=False)
    return _flags(np, array) if flags else (array, None)


def _narwhals_array(np: Any, picked: Any) -> tuple[Any, Any]:
    import narwhals as nw  # loaded already, where there is such a series

    flags = picked.dtype == nw.Boolean
    if getattr(picked.dtype, "time_zone", None):
        picked = picked.dt.replace_time_zone(None)
    array = (picked.cast(nw.Int8) if flags else picked).to_numpy()
    return _flags(np, array) if flags else (array, None)


def _flags(np: Any, array: Any) -> tuple[Any, Any]:
    missing = np.isnan(array) if array.dtype.kind == "f" else np.zeros(len(array), bool)
    return (array == 1), missing


def _of_arrow(np: Any, picked: Any, terms: Terms) -> Values:
    """Arrow's texts by its own codes."""
    encoded = picked.dictionary_encode()
    if hasattr(encoded, "combine_chunks"):
        encoded = encoded.unify_dictionaries().combine_chunks()
    if not hasattr(encoded, "indices"):  # a chunked array without any chunk
        return _coded(np, [])
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.intp)
    return _of_codes(np, codes, encoded.dictionary, terms)


def _of_codes(np: Any, codes: Any, levels: Any, terms: Terms) -> Values:
    """Labels by codes, without names that no row has; names of foreign types are told as such."""
    missing = codes < 0
    used = np.flatnonzero(np.bincount(codes[~missing], minlength=len(levels)))
    again = np.full(len(levels) + 1, -1, dtype=np.intp)
    again[used] = np.arange(len(used))
    codes, picked = again[codes], levels.take(used)
    names = picked.to_pylist() if hasattr(picked, "to_pylist") else picked.tolist()
    known = [name if type(name) is str or scalar(name, terms, 8) is not None else "(foreign)" for name in names]
    return Values("label", codes, missing, known)


def _coded(np: Any, texts: Sequence[Any]) -> Values:
    """Texts, missing ones as None, by codes in the order in which they come."""
    numbers: dict[str, int] = {}
    names: list[str] = []
    codes = []
    for text in texts:
        if text is None:
            codes.append(-1)
            continue
        code = numbers.setdefault(text if len(text) <= _KEPT else text[:_KEPT] + "…", len(names))
        if code == len(names):
            names.append(text)
        codes.append(code)
    array = np.array(codes, dtype=np.intp)
    return Values("label", array, array < 0, names)


def of_items(np: Any, items: list[Any], terms: Terms) -> Values:
    """Python objects by their exact types: one type makes numbers, flags, moments or labels of them."""
    lost = [type(item) is not str and is_missing(item) for item in items]
    kept = [item for item, gone in zip(items, lost, strict=True) if not gone]
    missing = np.array(lost, dtype=bool)
    if not kept:
        return Values("object", None, missing, items=items)
    if _all_are(kept, str):
        return _coded(np, [None if gone else item for item, gone in zip(items, lost, strict=True)])
    if _all_are(kept, bool):
        return Values("flag", np.array([item is True for item in items]), missing)
    if _all_are(kept, *_NUMBERS):
        floats = [float("nan") if gone else _float(item) for item, gone in zip(items, lost, strict=True)]
        return Values("number", np.array(floats), missing)
    if _all_are(kept, dt.date) or (_all_are(kept, dt.datetime) and all(safe_zone(item.tzinfo) for item in kept)):
        moments = [None if gone else _naive(item) for item, gone in zip(items, lost, strict=True)]
        return Values("moment", np.array(moments, dtype="M8[us]"), missing)
    told = [None if gone else scalar(item, terms, _WIDTH) for item, gone in zip(items, lost, strict=True)]
    if len({id(type(item)) for item in kept}) == 1 and None not in (
        text for text, gone in zip(told, lost, strict=True) if not gone
    ):
        return _as_told(np, kept, told)
    return Values("object", None, missing, items=items)


def _as_told(np: Any, kept: list[Any], told: list[str | None]) -> Values:
    """Periods, intervals, ids and the like as labels by what is told of them."""
    coded = _coded(np, told)
    first: dict[str, Any] = {}
    for item, text in zip(kept, (text for text in told if text is not None), strict=True):
        first.setdefault(text, item)
    return Values("label", coded.array, coded.missing, [first[name] for name in coded.names])


def _all_are(values: Iterable[Any], *kinds: type) -> bool:
    known = {id(kind) for kind in kinds}
    return all(id(type(value)) in known for value in values)


def _float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:  # an int of hundreds of digits
        return float("inf") if value > 0 else float("-inf")


def _naive(value: Any) -> Any:
    """A moment in UTC without its zone, as numpy keeps them."""
    if type(value) is dt.date or value.tzinfo is None:
        return value
    try:
        return value.astimezone(dt.UTC).replace(tzinfo=None)
    except (OverflowError, ValueError):  # at the ends of the calendar
        return value.replace(tzinfo=None)
