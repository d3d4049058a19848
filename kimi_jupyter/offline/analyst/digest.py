"""Reads the digest of the notebook that the client puts before a question (the text that ``context`` writes).

Must not import ``context``: the endpoint knows only what came over the wire.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace

from .tables import Column, Table

__all__ = ["names_in", "read_digest", "split_message"]

_CONTEXT = re.compile(r"\s*<context>\n?(.*?)\n?</context>\s*", re.DOTALL)
_HEAD = re.compile(
    r"(?P<type>(?:[A-Za-z_]\w*\.)*(?:\w*DataFrame|LazyFrame|Table|RecordBatch|Series|DuckDBPyRelation))\b"
    r"(?:,\s*(?P<rows>(?:≈\s*)?[\d,]+|\?)\s+(?:rows?|values?|entries|elements)(?:\s*×\s*(?P<width>[\d,]+)\s+columns?)?)?"
)
#: What makes a frame in memory of a table that is not one, by how its type begins.
_COLLECTED = {
    "polars.LazyFrame": ".collect()",
    "dask.": ".compute()",
    "duckdb.": ".df()",
    "ibis.": ".to_pandas()",
    "pyarrow.": ".to_pandas()",
    "pyspark.pandas.": ".to_pandas()",
    "pyspark.": ".toPandas()",
}
#: Of these the ones that compute a question themselves, so that their rows can stay where they are.
_ENGINES = ("polars.LazyFrame", "dask.", "duckdb.", "ibis.", "pyspark.")
_NO_FRAME = ("sqlalchemy.",)  # what it declares is no data
_SHARE = re.compile(r"(?P<sign>[≈~]?)[\d.,<]+\s*% missing \((?P<count>[≈~]?[\d,]+)\)")
_DISTINCT = re.compile(r"(?P<sign>[≈~]?)\s*(?P<count>[\d,]+) distinct")
_RANGE = re.compile(r"(?:^|, |: )(?P<low>[^,…\"]+?) … (?P<high>[^,…\"]+)")
_VALUE = r'(?:"(?:[^"\\]|\\.)*"|[^",]+?)'
_COUNTED = re.compile(rf"\s*(?P<value>{_VALUE})(?: \(?(?P<count>≈?[\d,.]+(?: %)?)\)?)?(?=, |;|$)")
_BOUND = re.compile(
    r"(?m)^\s*(?:## |for |import |from \S+ import |def |class )?"
    r"(?P<names>[A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)\s*(?:=(?!=)|$|in\b|\()"
    r"|\bas\s+(?P<alias>[A-Za-z_]\w*)"
)


def split_message(text: str) -> tuple[str, str]:
    """The context and the question of a user message; a message without a context block is all question."""
    match = _CONTEXT.match(text)
    return (match.group(1), text[match.end() :].strip()) if match else ("", text.strip())


def names_in(context: str) -> frozenset[str]:
    """The names that a context binds or describes, so that code does not rebind one that may be the user's."""
    found: set[str] = set()
    for match in _BOUND.finditer(context):
        found.update(re.findall(r"\w+", match["names"] or match["alias"]))
    return frozenset(found)


def read_digest(context: str) -> list[Table]:
    """The frames that a digest describes, in its order.

    Parameters
    ----------
    context
        The text between the context tags, or any text with ``## name`` sections in the same form.
    """
    tables = []
    for section in re.split(r"(?m)^## ", context)[1:]:
        name, _, rest = section.partition("\n")
        head, _, body = rest.partition("\n")
        match = _HEAD.match(head)
        if match and name.strip().isidentifier() and not match["type"].startswith(_NO_FRAME):
            tables.append(_table(name.strip(), match, head, body))
    return tables


def _table(name: str, match: re.Match[str], head: str, body: str) -> Table:
    kind = match["type"]
    library = "polars" if kind.startswith("polars") else "pandas"
    convert = next((how for start, how in _COLLECTED.items() if kind.startswith(start)), "")
    engine = kind.partition(".")[0] if kind.startswith(_ENGINES) and not kind.startswith("pyspark.pandas.") else ""
    if not convert and kind.endswith(("Table", "RecordBatch")):
        convert = ".to_pandas()"
    columns = _columns(body)
    width = _count(match["width"])
    if kind.endswith("Series") and not columns:
        columns, width = (Column(name),), 1
    rows = _count(match["rows"]) if "≈" not in (match["rows"] or "") else None
    if kind.endswith("Series"):
        engine = ""
        convert += ".to_frame()" if library == "polars" else f".to_frame({columns[0].key})"
    columns = tuple(replace(column, missing=rows) if column.missing == -1 else column for column in columns)
    return Table(name, library, columns, rows, width, convert, engine, _index(head))


def _index(head: str) -> Column | None:
    """The index, where it holds dates; as a column it has its name, or ``index``."""
    match = re.search(r"\bindex DatetimeIndex (?:(?P<name>[^(]+?) )?\((?P<dtype>[^)]*)\): (?P<facts>.*)", head)
    return _facts(match["name"] or "index", match["dtype"], match["facts"]) if match else None


def _count(text: str | None) -> int | None:
    digits = re.sub(r"\D", "", text or "")
    return int(digits) if digits else None


def _columns(body: str) -> tuple[Column, ...]:
    columns = []
    for line in body.split("\n"):
        if line.startswith("first rows"):
            break
        if line.startswith("- ") and (column := _column(line[2:])):
            columns.append(column)
    return tuple(columns)


def _column(line: str) -> Column | None:
    name, rest = line, ""
    if line.startswith('"'):
        try:
            name, end = json.JSONDecoder().raw_decode(line)
        except ValueError:
            return None
        rest = line[end:].lstrip()
    else:
        name, found, rest = line.partition(" (")
        rest = f"({rest}" if found else ""
    dtype, _, facts = rest[1:].partition("): ")
    if not rest.startswith("(") or " × " in dtype:  # the latter is a line for many columns at once
        return None
    return _facts(str(name), dtype.removesuffix(")"), facts)


def _facts(name: str, dtype: str, facts: str) -> Column:
    plain = re.sub(r'"(?:[^"\\]|\\.)*"', '""', facts)
    share, distinct = _SHARE.search(plain), _DISTINCT.search(plain)
    examples = re.search(r"e\.g\. (.*)$", facts)
    bounds = _RANGE.search(plain.split("e.g. ")[0])
    missing = _count(share["count"]) if share else (None if "% missing" in plain else 0)
    if plain.startswith("all missing"):
        missing = -1  # the number of rows, which only the table knows
    return Column(
        name,
        dtype,
        missing=missing,
        distinct=_count(distinct["count"]) if distinct else 1 if re.search(r"(?:^|, )always ", plain) else None,
        approximate=bool(distinct and distinct["sign"]),
        low=bounds["low"].strip().lstrip("≈") if bounds else "",
        high=bounds["high"].strip() if bounds else "",
        top=_top(facts),
        examples=_examples(examples[1]) if examples else (),
    )


def _examples(text: str) -> tuple[str, ...]:
    """The values that were shown; of lists and dicts, which have commas of their own, only that they are such."""
    if text.startswith(("[", "{", "(")):
        return (text,)
    return tuple(part.strip() for part in re.findall(_VALUE + r"(?=,|$)", text))


def _top(facts: str) -> tuple[tuple[str, str], ...]:
    _, found, rest = facts.partition(" distinct: ")
    values: list[tuple[str, str]] = []
    while found and (match := _COUNTED.match(rest)):
        value = match["value"].strip()
        values.append((_unquoted(value), match["count"] or ""))
        rest = rest[match.end() :].lstrip(",")
    return tuple(values)


def _unquoted(value: str) -> str:
    try:
        return str(json.loads(value)) if value.startswith('"') else value
    except ValueError:
        return value.strip('"')
