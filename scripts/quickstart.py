"""Open the quickstart notebook in JupyterLab, or run it to its end without a browser and print the answers.

Works on a copy below ``build/demo``, with Jupyter's directories there too, so that neither the repository nor the
user's own notebooks, settings and conversations are touched. ``tests/notebooks`` runs the notebooks through the same
functions.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import nbformat

__all__ = ["Answer", "Failure", "execute", "isolated", "main", "stage"]

_ROOT = Path(__file__).parent.parent
_EXAMPLES = _ROOT / "example_notebooks"
_QUICKSTART = "01_quickstart.ipynb"
_TABLE = "penguins.csv"
#: Seconds one cell may take.
_CELL_SECONDS = 600


class Failure(Exception):
    """The notebook did not do what it shows; the message says where."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a ``%%kimi`` cell came to.

    Attributes
    ----------
    question
        The cell's text.
    text
        The answer in Markdown; ``""`` if there was none.
    figures
        How many images the cell shows.
    problem
        Why this is no answer, in one line, or ``""``.
    """

    question: str
    text: str
    figures: int
    problem: str


def stage(place: Path, csv: Path | None = None) -> Path:
    """Copy the example notebooks and their tables to a directory, the quickstart without its outputs: they are to come.

    Parameters
    ----------
    place
        Where to; what is there already is written over.
    csv
        A table to take in place of the penguins.

    Returns
    -------
    Path
        The copy of the quickstart notebook.
    """
    place.mkdir(parents=True, exist_ok=True)
    for source in _EXAMPLES.iterdir():
        if source.suffix in {".ipynb", ".csv"}:
            shutil.copyfile(source, place / source.name)
    _empty(place / _QUICKSTART)
    if csv is not None:
        shutil.copyfile(csv, place / _TABLE)
    return place / _QUICKSTART


def _empty(notebook: Path) -> None:
    """Take a notebook's outputs out."""
    document = nbformat.read(notebook, as_version=4)
    for cell in document.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nbformat.write(document, notebook)


def isolated(place: Path, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment with every directory of Jupyter's and IPython's below one place, which is made."""
    place.mkdir(parents=True, exist_ok=True)
    below = {
        "IPYTHONDIR": "ipython",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "lab/settings",
        "JUPYTERLAB_WORKSPACES_DIR": "lab/workspaces",
    }
    return {**environ, **{name: str(place.resolve() / path) for name, path in below.items()}}


def execute(
    notebook: Path, environ: Mapping[str, str], on_answer: Callable[[Answer], None] = lambda answer: None
) -> list[Answer]:
    """Run a notebook in its own directory, save it with its outputs, and read the answers.

    Parameters
    ----------
    notebook
        The file; it is written over.
    environ
        The kernel's environment.
    on_answer
        Called with each answer as soon as it is there.

    Raises
    ------
    Failure
        A cell raised, or a question got no answer. All cells were run and the file was saved first.
    """
    from nbclient import NotebookClient

    document = nbformat.read(notebook, as_version=4)
    answers: list[Answer] = []

    def executed(cell: Any, **_: Any) -> None:
        if cell.source.startswith("%%kimi"):
            answers.append(_answer(cell))
            on_answer(answers[-1])

    client = NotebookClient(
        document,
        timeout=_CELL_SECONDS,
        allow_errors=True,
        on_cell_executed=executed,
        resources={"metadata": {"path": str(notebook.parent)}},
        extra_arguments=["--log-level=ERROR"],  # ipykernel warns of its own default transport
    )
    client.execute(env=dict(environ))
    nbformat.write(document, notebook)
    problems = [f"{answer.question!r}: {answer.problem}" for answer in answers if answer.problem]
    problems += [
        f"{cell.source!r}: {_error(cell)}"
        for cell in document.cells
        if cell.cell_type == "code" and not cell.source.startswith("%%kimi") and _error(cell)
    ]
    if not answers:
        problems.append("it asks nothing")
    if problems:
        raise Failure(f"{notebook.name}: " + "\n  ".join(problems))
    return answers


def _answer(cell: Any) -> Answer:
    question = cell.source.partition("\n")[2].strip()
    bundles = [output.data for output in cell.outputs if "data" in output]
    texts = [bundle["text/markdown"] for bundle in bundles if "text/markdown" in bundle]
    figures = sum(any(kind.startswith("image/") for kind in bundle) for bundle in bundles)
    text = texts[-1].strip() if texts else ""
    problem = _error(cell) or _ending(bundles) or ("" if text else "no answer")
    return Answer(question, text, figures, problem)


def _ending(bundles: list[Any]) -> str:
    """Why a turn is not complete. A turn's last display is what it took, below that one line where there is one."""
    lines = bundles[-1].get("text/plain", "").splitlines() if bundles else []
    return str(lines[0]) if len(lines) > 1 else ""


def _error(cell: Any) -> str:
    if "raises-exception" in cell.metadata.get("tags", ()):
        return ""  # it is there to fail
    errors = [output for output in cell.outputs if output.output_type == "error"]
    return f"{errors[-1].ename}: {errors[-1].evalue}" if errors else ""


def _print(answer: Answer) -> None:
    shown = f"\n[{answer.figures} figure{'s' if answer.figures > 1 else ''}]" if answer.figures else ""
    print(f"\n>>> {answer.question}\n{answer.text}{shown}")
    if answer.problem:
        print(f"!!! {answer.problem}")
    sys.stdout.flush()


def _headless(place: Path, csv: Path | None) -> int:
    shutil.rmtree(place, ignore_errors=True)  # a conversation of an earlier run would go on
    notebook = stage(place, csv)
    print(f"demo: running {_QUICKSTART} without a browser; nobody is there to approve code, so it runs unasked")
    print("demo: (KIMI_JUPYTER_APPROVE=auto, for this run only)", flush=True)
    started = time.monotonic()
    try:
        answers = execute(notebook, isolated(place / ".jupyter") | {"KIMI_JUPYTER_APPROVE": "auto"}, _print)
    except Failure as failure:
        print(f"\ndemo: failed: {failure}", file=sys.stderr)
        return 1
    where = notebook.relative_to(_ROOT)
    print(f"\ndemo: {len(answers)} questions, {len(answers)} answers, {time.monotonic() - started:.0f} s; see {where}")
    return 0


def _lab(place: Path, csv: Path | None) -> NoReturn:
    notebook = stage(place, csv)
    print(f"demo: opening {notebook.relative_to(_ROOT)}, a fresh copy; Ctrl-C twice ends JupyterLab", flush=True)
    command = [
        # Not the file as an argument: the address that is printed would lead to an empty JupyterLab.
        *(sys.executable, "-m", "jupyterlab", f"--LabApp.default_url=/lab/tree/{notebook.name}"),
        "--ServerApp.ip=127.0.0.1",
        # Nothing of the demo asks another machine for anything.
        *("--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"),
        "--LabApp.extension_manager=readonly",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    os.chdir(place)
    # JupyterLab takes this process's place, so that Ctrl-C is its own.
    os.execve(command[0], command, isolated(place / ".jupyter"))


def main() -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--headless", action="store_true", help="run without a browser and print the answers")
    parser.add_argument("--csv", type=Path, help="a table to use in place of the penguins")
    options = parser.parse_args()
    if options.csv is not None and not options.csv.is_file():
        print(f"demo: there is no file {options.csv}", file=sys.stderr)
        return 2
    if options.headless:
        return _headless(_ROOT / "build" / "demo" / "headless", options.csv)
    _lab(_ROOT / "build" / "demo" / "lab", options.csv)


if __name__ == "__main__":
    sys.exit(main())
