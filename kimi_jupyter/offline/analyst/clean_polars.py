"""Writes polars that looks for dirt, cleans into a new frame, and compares it with the one it came from.

Imports no data library.
"""

from __future__ import annotations

from .clean_pandas import NO_VALUE
from .code_pandas import keys, written
from .code_polars import opening
from .source import Cleaning, Source
from .tables import Column

__all__ = ["clean", "compare", "inspect"]


def inspect(source: Source, texts: tuple[Column, ...], fractions: tuple[Column, ...]) -> str:
    """Counts what can be cleaned: repeated rows, empty columns, and texts that should be something else."""
    lines, frame = opening(source, "import polars as pl")
    more = [
        f'print("rows:", {frame}.height, "columns:", {frame}.width)',
        f'print("repeated rows:", {frame}.height - {frame}.unique().height)',
        f'print("missing cells:", sum({frame}.null_count().row(0)))',
        f'print("empty columns:", [column.name for column in {frame} if column.null_count() == {frame}.height])',
    ]
    column, text, rest = source.fresh("column"), source.fresh("text"), source.fresh("rest")
    if texts:
        more += [
            f"for {column} in {keys(texts)}:",
            f"    {text} = {frame}[{column}].drop_nulls().cast(pl.String)",
            f"    {rest} = {text}.str.strip_chars()",
            f"    {rest} = {rest}.filter(~{rest}.is_in({list(NO_VALUE)!r}))",
            "    print(",
            f'        f"{{{column}!r}}:", len({text}), "texts,",',
            f'        ({text} != {text}.str.strip_chars()).sum(), "padded,",',
            f'        len({text}) - len({rest}), "blank,",',
            f'        {rest}.str.contains(r"^[+-]?(0|[1-9]\\d*)?(\\.\\d+)?$").sum(), "numbers,",',
            f'        {rest}.str.contains(r"^\\d{{4}}-\\d\\d-\\d\\d$").sum(), "dates,",',
            f'        {rest}.n_unique(), "distinct",',
            "    )",
        ]
    if fractions:
        more += [
            f"for {column} in {keys(fractions)}:",
            f"    {rest} = {frame}[{column}].drop_nulls()",
            f'    print(f"{{{column}!r}}:", len({rest}), "fractions,", ({rest} % 1 == 0).sum(), "whole")',
        ]
    return written(lines, *more)


def clean(source: Source, cleaning: Cleaning, name: str) -> str:
    """A cleaned frame under a new name; only what was found is applied."""
    lines, frame = opening(source, "import polars as pl")
    steps = [f"{name} = {frame}.clone()"]
    strip = tuple(dict.fromkeys((*cleaning.padded, *cleaning.numbers, *cleaning.dates)))
    if strip:
        steps.append(f"{name} = {name}.with_columns(pl.col({keys(strip)}).str.strip_chars())")
    if cleaning.blank:
        blank = f"pl.col({keys(cleaning.blank)})"
        steps.append(f"{name} = {name}.with_columns(pl.when(~{blank}.is_in({list(NO_VALUE)!r})).then({blank}))")
    casts = [f"pl.col({column.key}).cast(pl.Float64)" for column in cleaning.numbers]
    casts += [f"pl.col({column.key}).str.to_date()" for column in cleaning.dates]
    casts += [f"pl.col({column.key}).cast(pl.Int64)" for column in cleaning.whole]
    casts += [f"pl.col({column.key}).cast(pl.Categorical)" for column in cleaning.categories]
    if casts:
        steps += [f"{name} = {name}.with_columns(", *(f"    {cast}," for cast in casts), ")"]
    if cleaning.empty:
        steps.append(f"{name} = {name}.drop({keys(cleaning.empty)})")
    if cleaning.duplicates:
        steps.append(f"{name} = {name}.unique(maintain_order=True)")
    return written(lines, *steps, f'print("{name}:", {name}.shape)')


def compare(source: Source, name: str) -> str:
    """Before and after, in the same words."""
    lines, frame = opening(source)
    label, which = source.fresh("label"), source.fresh("version")
    return written(
        lines,
        f'for {label}, {which} in {{"before": {frame}, "after": {name}}}.items():',
        "    print(",
        f'        {label}, "rows:", {which}.height, "columns:", {which}.width,',
        f'        "repeated rows:", {which}.height - {which}.unique().height,',
        f'        "missing cells:", sum({which}.null_count().row(0)),',
        "    )",
        f"print({name}.schema)",
    )
