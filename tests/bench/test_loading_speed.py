"""What loading costs, and when a first question is on the wire, beside others. Never fails on time."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.isolation import clean_environment
from tests.support.kernels import Kernel, kernel

from .contenders import Contender, there
from .endpoint import Arrivals
from .report import Limit, Report

_TOPIC = "loading"
#: What is imported, and where: a function is none here, the name is the module's.
IMPORTS = (
    Contender("kimi_jupyter", "kimi_jupyter"),
    Contender("kimi_jupyter's client", "kimi_jupyter.chat.client"),
    Contender("httpx + httpx-sse", "httpx, httpx_sse", "libraries"),
    Contender("ipywidgets", "ipywidgets", "libraries"),
    Contender("anywidget", "anywidget", "libraries"),
    Contender("narwhals", "narwhals", "libraries"),
    Contender("pydantic", "pydantic", "libraries"),
    Contender("openai", "openai", "libraries"),
    Contender("LangChain", "langchain_openai", "libraries"),
    Contender("LiteLLM", "litellm", "libraries"),
    Contender("jupyter-ai-magics", "jupyter_ai_magics", "jupyter-ai-magics"),
    Contender("jupyter-ai", "jupyter_ai", "jupyter-ai"),
    Contender("notebook-intelligence", "notebook_intelligence", "notebook-intelligence"),
    Contender("mito-ai", "mito_ai", "mito-ai"),
)
#: What ``%load_ext`` loads, and where.
EXTENSIONS = (
    Contender("autoreload", "autoreload"),
    Contender("kimi_jupyter", "kimi_jupyter"),
    Contender("jupyter-ai-magics", "jupyter_ai_magics", "jupyter-ai-magics"),
    Contender("jupyter-ai-magic-commands", "jupyter_ai_magic_commands", "jupyter-ai-magic-commands"),
)
_LOAD = """
import time
begun = time.perf_counter()
get_ipython().run_line_magic("load_ext", {name!r})
took = 1000 * (time.perf_counter() - begun)
"""
_TABLED = "a table of 50,000 rows"
_WARM = "the second question, the same table"
_HEAVY = ("httpx", "ipywidgets", "narwhals", "pandas", "polars", "numpy")
#: Seconds between loading and Enter.
_TYPING = 2.0
_TABLE = """
import numpy, pandas
sales = pandas.DataFrame({"day": pandas.date_range("2024-01-01", periods=50_000, freq="min"),
                          "city": numpy.resize(["Paris", "Rome", "Oslo"], 50_000), "units": numpy.arange(50_000) % 97})
"""


@pytest.mark.timeout(1800)
def test_importing(benchmark: Any, report: Report, tmp_path: Path) -> None:
    """Fresh processes by turns; what an empty Python takes is taken off."""
    contenders = IMPORTS[:1] if benchmark.disabled else there(IMPORTS, report, _TOPIC)
    environ = clean_environment(tmp_path) | {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    times: dict[str, list[float]] = {one.name: [] for one in contenders}
    empty: dict[str, list[float]] = {one.name: [] for one in contenders}

    def took(python: Path | None, what: str) -> float:
        begun = time.perf_counter()
        subprocess.run([str(python), "-c", what], check=True, cwd=tmp_path, env=environ, capture_output=True)
        return 1000 * (time.perf_counter() - begun)

    def by_turns() -> None:
        for _ in range(1 if benchmark.disabled else 4):
            for one in contenders:
                empty[one.name].append(took(one.python, ""))
                times[one.name].append(took(one.python, f"import {one.function}"))

    benchmark.pedantic(by_turns, rounds=1)
    for name, measured in times.items():
        report.row(_TOPIC, name, {"`import`, fresh Python, ms": max(0.0, min(measured) - min(empty[name]))})


@pytest.mark.timeout(1800)
def test_loading_the_extension(benchmark: Any, report: Report, tmp_path: Path) -> None:
    contenders = EXTENSIONS[:2] if benchmark.disabled else there(EXTENSIONS, report, _TOPIC)
    times: dict[str, list[float]] = {one.name: [] for one in contenders}

    def load() -> None:
        for one in contenders:
            place = tmp_path / f"{one.name}-{len(times[one.name])}"
            place.mkdir()
            assert one.python is not None
            with kernel(place, one.python, clean_environment(place)) as running:
                loaded = running.execute(_LOAD.format(name=one.function))
                assert loaded.reply["status"] == "ok", loaded.text
                times[one.name].append(running.value("took"))
                if one.name == "kimi_jupyter":
                    modules = running.value(f"[name for name in {_HEAVY} if name in __import__('sys').modules]")
                    assert modules == []

    benchmark.pedantic(load, rounds=1 if benchmark.disabled else 4)
    for name, measured in times.items():
        report.row(_TOPIC, name, {"`%load_ext`, warm kernel, ms": min(measured)})
    report.goal(_TOPIC, "`%load_ext kimi_jupyter`", min(times["kimi_jupyter"]), Limit(30, "ms"))


def test_the_first_question_on_the_wire(benchmark: Any, report: Report, tmp_path: Path) -> None:
    """From Enter to the last byte of the request at the endpoint: in a fresh kernel, without a table and with one.

    The question is typed after the extension was loaded, which takes the fastest of people two seconds.
    """
    times: dict[str, list[float]] = {_TABLED: [], _WARM: [], "no table": []}
    setups = {_TABLED: _TABLE} if benchmark.disabled else {_TABLED: _TABLE, "no table": ""}

    def ask() -> None:
        with Arrivals() as arrivals:
            for what, setup in setups.items():
                (home := tmp_path / f"{bool(setup)}-{len(times[what])}").mkdir()
                with kernel(home, environ=_environment(home, arrivals)) as running:
                    running.execute(f"%load_ext kimi_jupyter\n{setup}")
                    time.sleep(0 if benchmark.disabled else _TYPING)
                    times[what].append(_asked(running, arrivals, "What is in sales?"))
                    if setup:
                        times[_WARM].append(_asked(running, arrivals, "And how much of it in Rome?"))

    benchmark.pedantic(ask, rounds=1 if benchmark.disabled else 4)
    for what, measured in times.items():
        if not measured:
            continue
        best = min(measured)
        report.row(_TOPIC, what, {"on the wire after Enter, ms": best}, "The request of a `%%kimi` cell")
        if what != _WARM:
            report.goal(_TOPIC, f"the first `%%kimi` on the wire, {what}", best, Limit(150, "ms"))


def _environment(home: Path, arrivals: Arrivals) -> dict[str, str]:
    asks = {"KIMI_JUPYTER_BASE_URL": f"{arrivals.address}/v1", "KIMI_JUPYTER_API_KEY": "sk-bench-0123456789abcdef"}
    return clean_environment(home) | asks


def _asked(running: Kernel, arrivals: Arrivals, question: str) -> float:
    """Milliseconds until a question is on the wire."""
    begun = time.perf_counter()
    done = running.execute(f"%%kimi\n{question}", stdin=False)
    assert done.reply["status"] == "ok", done.text
    assert arrivals.last > begun
    return 1000 * (arrivals.last - begun)
