"""Writes pandas that looks for dirt, cleans a copy, and compares it with the frame it came from.

Imports no data library. The user's own frame is never changed.
"""

from __future__ import annotations

from .code_pandas import keys, opening, repeated, written
from .source import Cleaning, Source
from .tables import Column, quoted

__all__ = ["NO_VALUE", "clean", "compare", "inspect"]

#: Texts that only stand for "missing". "None" is not one of them: it is an honest category in many tables.
NO_VALUE = ("", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "?", "-")


def inspect(source: Source, texts: tuple[Column, ...], fractions: tuple[Column, ...]) -> str:
    """Counts what can be cleaned: repeated rows, empty columns, and texts that should be something else."""
    lines, frame = opening(source)
    more = [
        f'print("rows:", len({frame}), "columns:", {frame}.shape[1])',
        f'print("repeated rows:", {repeated(source, frame)}.sum(), "missing cells:", {frame}.isna().sum().sum())',
        f'print("empty columns:", [column for column in {frame} if {frame}[column].isna().all()])',
    ]
    column, text, rest = source.fresh("column"), source.fresh("text"), source.fresh("rest")
    if texts:
        more += [
            f"for {column} in {keys(texts)}:",
            f"    {text} = {frame}[{column}].dropna().astype(str)",
            f"    {rest} = {text}.str.strip()",
            f"    {rest} = {rest}[~{rest}.isin({list(NO_VALUE)!r})]",
            "    print(",
            f'        f"{{{column}!r}}:", len({text}), "texts,",',
            f'        ({text} != {text}.str.strip()).sum(), "padded,",',
            f'        len({text}) - len({rest}), "blank,",',
            f'        {rest}.str.fullmatch(r"[+-]?(0|[1-9]\\d*)?(\\.\\d+)?").sum(), "numbers,",',
            f'        {rest}.str.fullmatch(r"\\d{{4}}-\\d\\d-\\d\\d([ T]\\d\\d:\\d\\d(:\\d\\d)?)?").sum(), "dates,",',
            f'        {rest}.nunique(), "distinct",',
            "    )",
        ]
    if fractions:
        more += [
            f"for {column} in {keys(fractions)}:",
            f"    {rest} = {frame}[{column}].dropna()",
            f'    print(f"{{{column}!r}}:", len({rest}), "fractions,", ({rest} % 1 == 0).sum(), "whole")',
        ]
    return written(lines, *more)


def clean(source: Source, cleaning: Cleaning, name: str) -> str:
    """A cleaned copy under a new name; only what was found is applied."""
    lines, frame = opening(source)
    lines.append(f"{name} = {frame}.copy()")
    column = source.fresh("column")
    strip = tuple(dict.fromkeys((*cleaning.padded, *cleaning.numbers, *cleaning.dates)))
    if strip:
        mixed = any(one.dtype == "object" for one in strip)  # .str would lose values that are no text
        stripped = ".map(lambda value: value.strip() if isinstance(value, str) else value)" if mixed else ".str.strip()"
        lines += [f"for {column} in {keys(strip)}:", f"    {name}[{column}] = {name}[{column}]{stripped}"]
    if cleaning.blank:
        lines.append(f"for {column} in {keys(cleaning.blank)}:")
        lines.append(f"    {name}[{column}] = {name}[{column}].mask({name}[{column}].isin({list(NO_VALUE)!r}))")
    if cleaning.numbers:
        lines.insert(0, "import pandas as pd")
        lines += [
            f"for {column} in {keys(cleaning.numbers)}:",
            f"    {name}[{column}] = pd.to_numeric({name}[{column}])",
        ]
    if cleaning.dates:
        lines.insert(0, "import pandas as pd")
        lines += [
            f"for {column} in {keys(cleaning.dates)}:",
            f'    {name}[{column}] = pd.to_datetime({name}[{column}], format="ISO8601")',
        ]
    types = {**dict.fromkeys(cleaning.whole, "Int64"), **dict.fromkeys(cleaning.categories, "category")}
    if types:
        pairs = [f"{column.key}: {quoted(dtype)}" for column, dtype in types.items()]
        short = f"{name} = {name}.astype({{{', '.join(pairs)}}})"
        wide = [f"{name} = {name}.astype({{", *(f"    {pair}," for pair in pairs), "})"]
        lines += [short] if len(short) <= 100 else wide
    if cleaning.empty:
        lines.append(f"{name} = {name}.drop(columns={keys(cleaning.empty)})")
    if cleaning.duplicates:
        lines.append(f"{name} = {name}[~{repeated(source, name)}].reset_index(drop=True)")
    return written(lines, f'print("{name}:", {name}.shape)')


def compare(source: Source, name: str) -> str:
    """Before and after, in the same words."""
    lines, frame = opening(source)
    label, which = source.fresh("label"), source.fresh("version")
    return written(
        lines,
        f'for {label}, {which} in {{"before": {frame}, "after": {name}}}.items():',
        "    print(",
        f'        {label}, "rows:", len({which}), "columns:", {which}.shape[1],',
        f'        "repeated rows:", {repeated(source, which)}.sum(), "missing cells:", {which}.isna().sum().sum(),',
        "    )",
        f"print({name}.dtypes.to_string())",
    )
