"""The model's look at a value: ``inspect``. Reads, and runs no code of the value's own."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from ..context import describe
from ..context.terms import Detail

__all__ = ["inspect_value"]

#: Tokens of one look.
_TOKENS = 2_000


def inspect_value(name: str, namespace: Mapping[str, object], detail: Detail) -> str:
    """Describe a variable, or a column of a table, by name: ``"sales"``, ``"sales.price"``, ``"sales['unit price']"``.

    Parameters
    ----------
    name
        The variable's name, with a column's after a dot or in brackets.
    namespace
        The user's variables.
    detail
        How much of a value may be told, as in :func:`.describe`: looking closer must not tell more than was allowed.

    Returns
    -------
    str
        The description, or in one line what there is instead.
    """
    wanted = name.strip().lstrip("@")
    if wanted in namespace:
        return f"{wanted}\n{describe(namespace[wanted], wanted, tokens=_TOKENS, detail=detail)}"
    variable, column = _split(wanted)
    if variable not in namespace:
        known = ", ".join(sorted(key for key in namespace if not key.startswith("_"))[:40])
        return f"There is no variable {variable!r}. There are: {known or 'none'}."
    value = namespace[variable]
    if not column:
        return f"{variable}\n{describe(value, variable, tokens=_TOKENS, detail=detail)}"
    if not _is_table(value):
        return f"{variable} is no table, so it has no column {column!r}; inspect {variable!r} itself."
    columns = [_label(label) for label in value.columns]  # type: ignore[attr-defined]
    if column not in columns:
        return f"{variable} has no column {column!r}. It has: {', '.join(columns[:60])}."
    position = columns.index(column)
    series = value.iloc[:, position] if hasattr(value, "iloc") else value[column]  # type: ignore[index]
    return f"{variable}[{column!r}]\n{describe(series, column, tokens=_TOKENS, detail=detail)}"


def _split(name: str) -> tuple[str, str]:
    if "[" in name and name.endswith("]"):
        variable, _, rest = name.partition("[")
        return variable.strip(), rest[:-1].strip().strip("'\"")
    variable, _, column = name.partition(".")
    return variable.strip(), column.strip().strip("`")


def _label(label: object) -> str:
    """A column's label, as far as that runs no code of its own (hazards RO-01)."""
    return str(label) if type(label) in (str, int, float, bool) else f"({type(label).__name__})"


def _is_table(value: object) -> bool:
    """Exactly a pandas or polars frame; a subclass may do anything when it is indexed (hazards RO-07)."""
    pandas, polars = sys.modules.get("pandas"), sys.modules.get("polars")
    return (pandas is not None and type(value) is pandas.DataFrame) or (
        polars is not None and type(value) is polars.DataFrame
    )
