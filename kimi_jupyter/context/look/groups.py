"""A group-by sketch: how large the groups are, and what is usual in each. Imports no data library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..frames import Frame, label_text
from ..labels import is_id
from ..numbers import share
from ..rows import csv_field
from ..terms import Terms
from .grouping import Groups, grouped, least_rows, merged
from .moments import span_unit
from .quantities import rounded
from .values import Values, bare_text, places_of, read
from .words import text_label

__all__ = ["group_lines"]

_NAMED = 12  # columns that are not told whose names are
_COLUMNS = 6  # that are told when none are asked for


def group_lines(
    np: Any, frame: Frame, by: Sequence[int], columns: Sequence[int], terms: Terms, *, asked: bool
) -> list[str]:
    """The lines of the sketch.

    Parameters
    ----------
    frame
        The table.
    by
        The places of one or two columns.
    columns
        The places of columns that are told by group.
    terms
        What is hidden and how much may be told.
    asked
        These columns were asked for; else some are chosen from them.
    """
    told, left_out = _chosen(frame, [place for place in columns if place not in by], asked=asked)
    places = places_of(np, frame, [*by, *told], terms)
    keys = [read(np, frame.column(place), places, terms) for place in by]
    names = [label_text(frame.labels[place], terms) for place in by]
    for name, values in zip(names, keys, strict=True):
        if values.kind == "object":
            return [f"{name} holds values of no plain type, so there are no groups by it; choose another column."]
    groups = merged(np, [grouped(np, values, terms) for values in keys], terms)
    whole = places is None
    blocks: list[tuple[str, list[str]]] = [("rows", _sizes(np, groups, frame.rows, whole=whole))]
    for place in told:
        if terms.late:
            left_out.append(place)
            continue
        values = read(np, frame.column(place), places, terms)
        blocks += _figures(np, label_text(frame.labels[place], terms), values, groups, terms)
    return [
        _title(frame, names, groups, len(groups.codes), whole=whole),
        *_csv(names, groups, blocks),
        *_left(frame, sorted(left_out), terms),
    ]


def _chosen(frame: Frame, columns: list[int], *, asked: bool) -> tuple[list[int], list[int]]:
    """The columns that are told: those asked for, else the first that hold quantities."""
    if asked:
        return columns[: 2 * _COLUMNS], columns[2 * _COLUMNS :]
    measured = [place for place in columns if not is_id(text_label(frame, place))]
    return measured[:_COLUMNS], measured[_COLUMNS:]


def _left(frame: Frame, columns: list[int], terms: Terms) -> list[str]:
    if not columns:
        return []
    names = ", ".join(label_text(frame.labels[place], terms) for place in columns[:_NAMED])
    more = f", … {len(columns) - _NAMED:,} more" if len(columns) > _NAMED else ""
    return [f"not told: {names}{more} (name some in columns)"]


def _title(frame: Frame, names: list[str], groups: Groups, looked_at: int, *, whole: bool) -> str:
    of = f"{frame.rows:,} rows" if whole else f"≈ from a sample of {looked_at:,} of {frame.rows:,} rows"
    return f"by {' and '.join(names)}: {of}, {len(groups.names):,} groups told"


def _sizes(np: Any, groups: Groups, rows: int, *, whole: bool) -> list[str]:
    sizes = np.bincount(groups.codes, minlength=len(groups.names)).tolist()
    total = len(groups.codes)
    return [*(str(size) if whole else f"≈{share(size, total)}" for size in sizes), str(rows)]


def _figures(np: Any, name: str, values: Values, groups: Groups, terms: Terms) -> list[tuple[str, list[str]]]:
    """Columns of figures, one for each group and one for all rows."""
    least = least_rows(terms)
    match values.kind:
        case "number":
            return _averages(np, name, values.array.astype(np.float64), values.missing, groups, least)
        case "span":
            numbers, unit = span_unit(np, values.array)
            return _averages(np, f"{name} ({unit})", numbers, values.missing, groups, least)
        case "flag":
            return [(f"{name} true", _shares_true(np, values, groups, least))]
        case "moment":
            return _ranges(np, name, values, groups, least)
        case "label":
            return [(f"{name} most often", _most_often(np, values, groups, terms))]
        case _:
            return []


def _averages(
    np: Any, name: str, numbers: Any, missing: Any, groups: Groups, least: int
) -> list[tuple[str, list[str]]]:
    kept = ~missing & np.isfinite(numbers)
    numbers, codes = numbers[kept], groups.codes[kept]
    if not len(numbers):
        return [(f"{name} mean", [""] * (len(groups.names) + 1))]
    size = len(groups.names)
    counts = np.bincount(codes, minlength=size)
    means = np.bincount(codes, weights=numbers, minlength=size) / counts
    everything = float(numbers.mean())
    medians = _medians(np, numbers, codes, counts)
    told = counts >= least
    return [
        (f"{name} mean", [*_written(means, told), rounded(everything)]),
        (f"{name} median", [*_written(medians, told), rounded(float(np.median(numbers)))]),
    ]


def _medians(np: Any, numbers: Any, codes: Any, counts: Any) -> Any:
    """The middle of each group: all are sorted once, then brought together by group."""
    order = np.argsort(numbers)
    order = order[np.argsort(codes[order].astype(np.uint16), kind="stable")]
    ordered = numbers[order]
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    last = max(0, len(ordered) - 1)
    low = np.minimum(starts + np.maximum(counts - 1, 0) // 2, last)
    high = np.minimum(starts + counts // 2, last)
    return (ordered[low] + ordered[high]) / 2


def _written(figures: Any, told: Any) -> list[str]:
    return [
        rounded(float(figure)) if show else "" for figure, show in zip(figures.tolist(), told.tolist(), strict=True)
    ]


def _shares_true(np: Any, values: Values, groups: Groups, least: int) -> list[str]:
    codes, flags = groups.codes[~values.missing], values.present
    counts = np.bincount(codes, minlength=len(groups.names)).tolist()
    true = np.bincount(codes[flags], minlength=len(groups.names)).tolist()
    cells = [share(yes, count) if count >= least else "" for yes, count in zip(true, counts, strict=True)]
    return [*cells, share(int(flags.sum()), len(flags)) if len(flags) else ""]


def _ranges(np: Any, name: str, values: Values, groups: Groups, least: int) -> list[tuple[str, list[str]]]:
    """The first and the last day in each group."""
    codes, days = groups.codes[~values.missing], values.present.astype("M8[D]")
    first, last = [], []
    for code in [*range(len(groups.names)), -1]:
        some = days if code < 0 else days[codes == code]
        first.append(str(some.min()) if len(some) >= least else "")
        last.append(str(some.max()) if len(some) >= least else "")
    return [(f"{name} first", first), (f"{name} last", last)]


def _most_often(np: Any, values: Values, groups: Groups, terms: Terms) -> list[str]:
    """The most frequent label in each group with its share."""
    least = least_rows(terms)
    codes, labels = groups.codes[~values.missing], values.present
    cells = []
    for code in [*range(len(groups.names)), -1]:
        some = labels if code < 0 else labels[codes == code]
        tally = np.bincount(some, minlength=1)
        top = int(tally.argmax())
        often = len(some) and tally[top] >= least
        cells.append(f"{bare_text(values.names[top], terms)} {share(int(tally[top]), len(some))}" if often else "")
    return cells


def _csv(names: list[str], groups: Groups, blocks: list[tuple[str, list[str]]]) -> list[str]:
    lines = [",".join(csv_field(cell) for cell in (*names, *(title for title, _ in blocks)))]
    for place, cells in enumerate([*groups.names, ("(all)", *[""] * (len(names) - 1))]):
        lines.append(",".join(csv_field(cell) for cell in (*cells, *(column[place] for _, column in blocks))))
    return lines
