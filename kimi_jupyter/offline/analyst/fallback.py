"""What can be said without running anything: the digest's own facts, what the analyst is, what it can do.

Used where there is no code tool, and where the user said no.
"""

from __future__ import annotations

from .markdown import code, counted, listed, plain, table
from .question import Ask
from .tables import Table

__all__ = ["ABILITIES", "CONFIGURE", "from_words", "nothing_known", "who_i_am"]

CONFIGURE = (
    "For questions that need a language model, use a real endpoint: `%kimi provider moonshot` "
    "(or another that `%kimi provider` lists), with your key from `%kimi key`."
)
ABILITIES = (
    "I can tell the size of a table, its columns and first rows, missing values and duplicates; summarise columns; "
    "count the most common values; compute averages and other statistics, overall, by group and for chosen rows; "
    "find correlations; follow a trend over time; draw a plot; and clean a copy of a table."
)


def who_i_am() -> str:
    """What the offline endpoint is and can do."""
    return f"I am a small rule-based stand-in for a language model, running on this machine. {ABILITIES}\n\n{CONFIGURE}"


def nothing_known(has_tool: bool) -> str:
    """The answer where no table is known."""
    if has_tool:
        return (
            "I found no DataFrame in this session. "
            'Load one first, for example `df = pd.read_csv("file.csv")`, then ask again.'
        )
    return (
        "I was told of no table, and this client offers no tool to run code with, so I have nothing to answer from. "
        "Name a DataFrame and its columns, or offer a tool with a `code` argument."
    )


def from_words(ask: Ask, known: Table) -> str | None:
    """The answer that the digest alone allows, or ``None``. Conditions on rows can't be answered from it."""
    if ask.where:
        return None
    match ask.kind:
        case "size":
            return _size(known) if "missing" not in ask.also else _joined(_size(known), _missing(ask, known))
        case "missing":
            return _joined(_size(known), _missing(ask, known)) if "size" in ask.also else _missing(ask, known)
        case "columns":
            return _columns(known)
        case "top" | "distinct":
            return _top(ask, known)
        case "summary" | "stat" | "extreme":
            return _ranges(ask, known)
    return None


def _joined(*parts: str | None) -> str | None:
    said = [part for part in parts if part]
    return " ".join(said) if said else None


def _size(known: Table) -> str | None:
    width = known.width if known.width is not None else (len(known.columns) or None)
    if known.rows is None:
        return f"{code(known.name)} has {width} columns; the number of rows is not in the digest." if width else None
    return f"{code(known.name)} has **{counted(str(known.rows), 'row')}**" + (
        f" and **{counted(str(width), 'column')}**." if width is not None else "."
    )


def _missing(ask: Ask, known: Table) -> str | None:
    columns = ask.values or known.columns
    counted = [column for column in columns if column.missing is not None]
    if not counted:
        return None
    holes = [f"{code(column.name)} ({column.missing})" for column in counted if column.missing]
    if not holes:
        return "According to the digest no value is missing" + (
            f" in {listed([code(c.name) for c in ask.values])}." if ask.values else "."
        )
    return f"According to the digest values are missing in {listed(holes)}."


def _columns(known: Table) -> str | None:
    if not known.columns:
        return None
    lines = [[code(column.name), plain(column.dtype) if column.dtype else "?"] for column in known.columns]
    return f"{code(known.name)} has these columns:\n\n{table(['column', 'type'], lines, most=40)}"


def _top(ask: Ask, known: Table) -> str | None:
    column = next(iter(ask.values), None) or known.main_category
    if column is None or (column.distinct is None and not column.top):
        return None
    about = "about " if column.approximate else ""
    told = (
        f"{code(column.name)} has {about}{counted(str(column.distinct), 'distinct value')}."
        if column.distinct is not None
        else ""
    )
    if not column.top:
        return told
    lines = [[plain(value), count] for value, count in column.top[: ask.number or 10]]
    first, count = column.top[0]
    body = table([code(column.name), "rows"], lines)
    return f"{told} The most common is **{plain(first)}** ({count}).\n\n{body}".strip()


def _ranges(ask: Ask, known: Table) -> str | None:
    columns = [column for column in ask.values or known.numbers if column.low]
    if not columns or ask.by is not None:
        return None
    if ask.kind == "stat" and ask.statistic in ("min", "max"):
        return " ".join(
            f"The {ask.statistic} of {code(c.name)} is **{plain(c.low if ask.statistic == 'min' else c.high)}**."
            for c in columns
        )
    told = [f"{code(c.name)} goes from {plain(c.low)} to {plain(c.high)}" for c in columns[:12]]
    extra = (
        ""
        if ask.kind == "summary"
        else f" Its {ask.statistic} is not in the digest."
        if len(columns) == 1
        else " More is not in the digest."
    )
    return f"From the digest: {listed(told)}.{extra}"
