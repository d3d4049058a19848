"""An example run twice, the second time with every connection refused, and what each run came to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import nbformat

from scripts.quickstart import execute, isolated, stage
from tests.support.isolation import clean_environment

__all__ = ["Run", "Twice", "same", "twice"]

#: A digest of each variable, printed by a last cell.
PROBE = """\
def _digests():
    import hashlib, json, re, types

    def digest(text):  # sums that several threads add up may differ in their last digits
        text = re.sub(r"\\d+\\.\\d{8,}", lambda number: f"{float(number[0]):.10g}", text)
        return hashlib.sha256(text.encode()).hexdigest()

    def told(value):
        kind = type(value).__module__.partition(".")[0]
        if kind == "pandas" and hasattr(value, "to_json"):
            dtypes = str(getattr(value, "dtypes", ""))
            return value.to_json(orient="split", date_format="iso", default_handler=str) + dtypes
        if kind == "polars":
            value = getattr(value, "collect", lambda: value)()
            return value.write_csv() if hasattr(value, "write_csv") else str(value)
        if kind == "duckdb":
            import duckdb

            return str((value.columns, duckdb.sql("SELECT count(*), bit_xor(hash(one)) FROM value AS one").fetchall()))
        if kind == "dask":
            return told(value.compute())
        if kind == "narwhals":
            return told(value.to_native())
        if kind == "pyspark":
            return str((value.schema, sorted(map(str, value.collect())))) if hasattr(value, "schema") else kind
        return kind if kind == "matplotlib" else repr(value)

    own = {name: value for name, value in get_ipython().user_ns.items() if not name.startswith("_")}
    hidden = get_ipython().user_ns_hidden
    mine = {n: v for n, v in own.items() if n not in hidden and not callable(v) and type(v) is not types.ModuleType}
    print(json.dumps({name: digest(told(value)) for name, value in mine.items()}))


_digests()
"""
#: Run when a kernel starts: notes and refuses each connection.
NO_NETWORK = """\
def _forbid():
    import socket

    connect = socket.socket.connect

    def refuse(self, address):
        if {loopback} and address[0] in ("127.0.0.1", "localhost"):
            return connect(self, address)
        open({log!r}, "a").write(f"{{address}}\\n")
        raise OSError("no network here")

    socket.socket.connect = socket.socket.connect_ex = refuse


_forbid()
del _forbid
"""


@dataclass(frozen=True)
class Run:
    """What a run came to."""

    variables: dict[str, str]
    figures: list[str]
    shown: list[str]


@dataclass(frozen=True)
class Twice:
    """A notebook's two runs, and what the second one tried to connect to."""

    first: Run
    second: Run
    tried: str


def _run(notebook: Path, environ: dict[str, str]) -> Run:
    copy = notebook.with_name(f"copy-{notebook.name}")
    document = nbformat.read(notebook, as_version=4)
    document.cells.append(nbformat.v4.new_code_cell(PROBE))
    nbformat.write(document, copy)
    execute(copy, environ)
    done = nbformat.read(copy, as_version=4).cells
    outputs = [output for cell in done for output in cell.get("outputs", ())]
    figures = [output.data["image/png"] for output in outputs if "image/png" in output.get("data", {})]
    asking = [cell for cell in done if cell.source.startswith("%%kimi")]
    printed = "".join(output.text for output in done[-1].outputs)  # one print may come in parts
    return Run(json.loads(printed), figures, [json.dumps(cell.outputs) for cell in asking])


def twice(notebook: Path, place: Path, *, loopback: bool = False) -> Twice:
    """Run a copy of a notebook twice, the second time with no connection allowed.

    Parameters
    ----------
    notebook
        One of the examples.
    place
        An empty directory.
    loopback
        Whether connections on this machine are allowed all the same: a library's own, to a process that it starts.
    """
    stage(place)
    environ = isolated(place / ".jupyter", clean_environment(place)) | {"KIMI_JUPYTER_APPROVE": "auto"}
    first = _run(place / notebook.name, environ)
    startup = Path(environ["IPYTHONDIR"], "profile_default", "startup")
    startup.mkdir(parents=True, exist_ok=True)
    log = place / "tried.txt"
    (startup / "no_network.py").write_text(NO_NETWORK.format(log=str(log), loopback=loopback))
    del environ["KIMI_JUPYTER_APPROVE"]  # what ran was allowed; nothing else may
    second = _run(place / notebook.name, environ | {"KIMI_JUPYTER_OFFLINE": "1"})
    return Twice(first, second, log.read_text() if log.exists() else "")


def same(done: Twice) -> None:
    """Both runs answered, and came to the same; the second was a replay and tried to reach nobody."""
    assert done.second.variables == done.first.variables
    assert done.second.figures == done.first.figures
    assert all("Replayed from 20" in shown and "differs" not in shown for shown in done.second.shown)
    assert len(done.second.shown) == len(done.first.shown) > 0
    assert done.tried == ""
