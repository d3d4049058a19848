"""Every example is run twice, the second time with every connection refused: the same variables, the same figures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import nbformat
import pytest

from scripts.quickstart import execute, isolated, stage
from tests.support.isolation import clean_environment

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(300)]

EXAMPLES = sorted((Path(__file__).parents[2] / "example_notebooks").glob("*.ipynb"))
#: Notebooks that run at a time: while one waits for the endpoint's pace another computes.
AT_ONCE = 3
#: A digest of each variable, printed by a last cell.
PROBE = """\
def _digests():
    import hashlib, json, types

    def told(value):
        kind = type(value).__module__.partition(".")[0]
        if kind == "pandas" and hasattr(value, "to_json"):
            return value.to_json(date_format="iso", default_handler=str) + str(getattr(value, "dtypes", ""))
        if kind == "polars":
            value = getattr(value, "collect", lambda: value)()
            return value.write_csv() if hasattr(value, "write_csv") else str(value)
        if kind == "duckdb":
            return str(sorted(value.fetchall()))
        return kind if kind == "matplotlib" else repr(value)

    own = {name: value for name, value in get_ipython().user_ns.items() if not name.startswith("_")}
    hidden = get_ipython().user_ns_hidden
    mine = {n: v for n, v in own.items() if n not in hidden and not callable(v) and type(v) is not types.ModuleType}
    print(json.dumps({name: hashlib.sha256(told(value).encode()).hexdigest() for name, value in mine.items()}))


_digests()
"""
#: Run when a kernel starts: notes and refuses each connection.
NO_NETWORK = """\
def _forbid():
    import socket

    def refuse(self, address):
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


def _twice(notebook: Path, place: Path) -> Twice:
    stage(place)
    environ = isolated(place / ".jupyter", clean_environment(place)) | {"KIMI_JUPYTER_APPROVE": "auto"}
    first = _run(place / notebook.name, environ)
    startup = Path(environ["IPYTHONDIR"], "profile_default", "startup")
    startup.mkdir(parents=True, exist_ok=True)
    log = place / "tried.txt"
    (startup / "no_network.py").write_text(NO_NETWORK.format(log=str(log)))
    del environ["KIMI_JUPYTER_APPROVE"]  # what ran was allowed; nothing else may
    second = _run(place / notebook.name, environ | {"KIMI_JUPYTER_OFFLINE": "1"})
    return Twice(first, second, log.read_text() if log.exists() else "")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Each notebook's two runs, by its name, as they come."""
    with ProcessPoolExecutor(AT_ONCE, get_context("spawn")) as pool:
        yield {path.name: pool.submit(_twice, path, tmp_path_factory.mktemp(path.stem)) for path in EXAMPLES}


@pytest.mark.parametrize("name", [path.name for path in EXAMPLES])
def test_it_answers_and_replays_to_the_same_variables_and_figures(runs: dict[str, Any], name: str) -> None:
    twice = runs[name].result()
    assert twice.second.variables == twice.first.variables
    assert twice.second.figures == twice.first.figures
    assert all("Replayed from 20" in shown and "differs" not in shown for shown in twice.second.shown)
    assert len(twice.second.shown) == len(twice.first.shown) > 0
    assert twice.tried == ""


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_what_is_saved_in_it_reads_well_and_names_no_place_of_a_machine(path: Path) -> None:
    saved = nbformat.read(path, as_version=4)
    text = path.read_text(encoding="utf-8")
    assert not any(place in text for place in ("/home/", "/tmp/", "/root/", "site-packages", "C:\\\\"))
    asking = [cell for cell in saved.cells if cell.source.startswith("%%kimi")]
    if path.name != "01_quickstart.ipynb":  # the demo's, where the outputs are still to come
        assert all(any("text/markdown" in output.get("data", {}) for output in cell.outputs) for cell in asking)
