"""Ways to put a table in words, ours and others, called the way they call themselves.

The functions without an underscore are contenders: each gives the milliseconds of some calls and the text of the last.
All run by ``worker``, in any environment that has pandas; what they need besides is imported in them.
"""

from __future__ import annotations

import functools
import gc
import io
import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from .tables import LADDER, MANY, ODD, many

#: Takes a table, makes of it what is told in words, and tells it; only the telling is measured.
Prepare = Callable[[Any], Callable[[], str]]


def _repeated(tell: Callable[[], str], rounds: int, seconds: float) -> dict[str, Any]:
    """So often, but no more once that took some seconds."""
    gc.collect()
    times: list[float] = []
    while len(times) < rounds and (not times or sum(times) < 1000 * seconds):
        begun = time.perf_counter()
        text = tell()
        times.append(1000 * (time.perf_counter() - begun))
    return {"ms": times, "text": text}


def _contender(prepare: Prepare) -> Callable[..., dict[str, Any]]:
    def measured(table: str, rounds: int = 1, seconds: float = 0.5) -> dict[str, Any]:
        """Tell a rung of the ladder, an odd table or one in a file."""
        tellers = [prepare(one) for one in _tables(table)]
        return _repeated(lambda: "\n".join(tell() for tell in tellers), rounds, seconds)

    return measured


@functools.lru_cache(maxsize=1)
def _tables(name: str) -> tuple[Any, ...]:
    if name.endswith(".parquet"):
        return (pd.read_parquet(name),)
    if name == MANY:
        return tuple(many(int(MANY.split()[0])).values())
    if name in ODD:
        return (ODD[name](500),)
    rung = next(rung for rung in LADDER if rung.name == name)
    return (rung.make(rung.rows, rung.columns),)


# ---- ours ------------------------------------------------------------------------------------------------------------


def ours(table: str, rounds: int = 1, seconds: float = 0.5) -> dict[str, Any]:
    """The digest within its budget; of many tables the context of a question."""
    from kimi_jupyter.context import build
    from kimi_jupyter.context import describe as digest

    if table == MANY:
        namespace = {f"table{number}": frame for number, frame in enumerate(_tables(MANY))}
        asked = functools.partial(build, "what is here?", namespace=namespace, cells=[], tokens=4_000)
        return _repeated(lambda: asked().text, rounds, seconds)
    tokens = next((rung.tokens for rung in LADDER if rung.name == table), 500)
    (frame,) = _tables(table)
    return _repeated(lambda: digest(frame, "table", tokens=tokens), rounds, seconds)


# ---- what people write themselves ------------------------------------------------------------------------------------


def _info(frame: pd.DataFrame) -> str:
    text = io.StringIO()
    frame.info(memory_usage="deep", buf=text, verbose=True, show_counts=True)
    return text.getvalue()


def _polars(frame: pd.DataFrame) -> Callable[[], str]:
    import polars as pl

    table = pl.from_pandas(frame)
    return lambda: table.describe().write_csv()


def _summarize(frame: pd.DataFrame) -> Callable[[], str]:
    import duckdb

    def tell() -> str:
        with duckdb.connect() as connection:
            connection.register("df", frame)
            return str(connection.sql("SUMMARIZE df").fetchall())

    return tell


head = _contender(lambda frame: lambda: frame.head().to_string())
info = _contender(lambda frame: lambda: _info(frame))
describe = _contender(lambda frame: lambda: frame.describe(include="all").to_string())
polars, summarize = _contender(_polars), _contender(_summarize)


# ---- other assistants ------------------------------------------------------------------------------------------------


@functools.cache
def _mito_script() -> str:
    """The code that mito-ai has a kernel run before each question, out of its extension."""
    place = Path(sys.prefix, "share", "jupyter", "labextensions", "mito_ai", "static")
    for path in place.glob("lib_index*.js"):
        if found := re.search(r"pythonVariableInspectionScript = `(.*?)`", path.read_text(encoding="utf-8"), re.DOTALL):
            return found[1].replace("\\\\", "\\").replace("print(structured_globals())", "")
    raise LookupError("mito-ai's extension has no such script")


def _mito(frame: Any) -> Callable[[], str]:
    namespace: dict[str, Any] = {}
    exec(_mito_script(), namespace)  # as mito-ai does
    namespace["df"] = frame
    tell = namespace["structured_globals"]

    def told() -> str:
        text = str(tell())
        if not any(found["variable_name"] == "df" for found in json.loads(text)):
            raise LookupError("the table is left out")
        return text

    return told


def _marimo(frame: Any) -> Callable[[], str]:
    from marimo._data.get_datasets import get_datasets_from_variables
    from marimo._server.ai.prompts import _format_schema_info
    from marimo._server.models.completion import SchemaColumn, SchemaTable

    def tell() -> str:
        found = get_datasets_from_variables([("df", frame)])
        return _format_schema_info(
            [
                SchemaTable(table.name, [SchemaColumn(one.name, one.type, one.sample_values) for one in table.columns])
                for table in found
            ]
        )

    return tell


def _querychat(frame: Any) -> Callable[[], str]:
    from querychat._querychat_base import normalize_data_source

    source = normalize_data_source(frame, "df")
    return lambda: str(source.get_schema(categorical_threshold=20))


def _pandasai(frame: Any) -> Callable[[], str]:
    import pandasai

    table = pandasai.DataFrame(frame)
    return lambda: str(table.serialize_dataframe())


def _lida(frame: Any) -> Callable[[], str]:
    from lida.components.summarizer import Summarizer

    return lambda: json.dumps(Summarizer().summarize(frame, None, summary_method="default"), default=str)


def _jupyter_ai(frame: Any) -> Callable[[], str]:
    from jupyter_ai_magics.magics import FormatDict

    return lambda: "{df}".format_map(FormatDict({"df": frame}))


mito, marimo, querychat = _contender(_mito), _contender(_marimo), _contender(_querychat)
pandasai, lida, jupyter_ai = _contender(_pandasai), _contender(_lida), _contender(_jupyter_ai)
