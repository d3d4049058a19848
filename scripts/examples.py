"""Run the example notebooks and keep what they show, so that they read well where nobody runs them.

``python -m scripts.examples [NAME …]`` runs all of them, or those named, on copies, and writes them back with their
outputs. What differs from one machine to another is taken out: paths, addresses, times of execution. Spark's
example needs what ``make libraries`` installs: ``.cache/libraries/bin/python -m scripts.examples 12_spark.ipynb``.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat

from scripts.quickstart import Failure, execute, isolated, stage

__all__ = ["ELSEWHERE", "clean", "main"]

_EXAMPLES = Path(__file__).parent.parent / "example_notebooks"
#: Need more than the tests' environment has; ``make libraries`` runs them.
ELSEWHERE = ("12_spark.ipynb",)


def clean(notebook: Any, places: dict[str, str]) -> Any:
    """A notebook without what is of one machine.

    Parameters
    ----------
    notebook
        As it was run.
    places
        Paths, and what stands in their place.
    """
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if "remove-output" in cell.metadata.get("tags", ()):
            cell.outputs = []
        for output in cell.get("outputs", ()):
            if "data" in output:
                output["metadata"] = {}
    notebook.metadata.language_info = {"name": "python"}
    text = json.dumps(notebook, ensure_ascii=False)
    for path, name in places.items():
        text = text.replace(json.dumps(path)[1:-1], name)
    text = re.sub(r"http://127\.0\.0\.1:\d+/v1", "http://127.0.0.1:…/v1", text)
    return nbformat.from_dict(json.loads(text))


def _run(name: str, place: Path) -> None:
    notebook = place / name
    execute(notebook, isolated(place / ".jupyter") | {"KIMI_JUPYTER_APPROVE": "auto"})
    places = {str(place / ".jupyter" / "data"): "~/.local/share/jupyter", str(place): ".", sys.prefix: "…"}
    nbformat.write(clean(nbformat.read(notebook, as_version=4), places), _EXAMPLES / name)


def main() -> int:
    """Run the command line; returns the exit code."""
    wanted = sys.argv[1:] or sorted({path.name for path in _EXAMPLES.glob("*.ipynb")} - {*ELSEWHERE})
    place = Path(tempfile.mkdtemp())
    try:
        stage(place)
        for name in wanted:
            print(f"examples: {name}", flush=True)
            _run(name, place)
    except Failure as failure:
        print(f"examples: failed: {failure}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return 0


if __name__ == "__main__":
    os.environ.pop("JPY_SESSION_NAME", None)
    sys.exit(main())
