"""The environment for libraries that are too large for everyone's tests, below ``.cache``.

PySpark, PyTorch and the like are most of two gigabytes, and Spark needs Java.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import venv
from pathlib import Path

from tests.support.isolation import pip

__all__ = ["environment", "java"]

_ROOT = Path(__file__).parents[2]
_PLACE = _ROOT / ".cache" / "libraries"
#: Releases are left to pip, but torch's: later ones bring the libraries of a GPU.
_LIBRARIES = (
    "datasets",
    "geopandas",
    "lightgbm",
    "modin[dask]",
    "pandas",
    "polars",
    "pyspark[connect]",
    "scikit-learn",
    "statsmodels",
    "torch==2.13.0",
    "xarray[io]",
)
_TOOLS = ("nbclient", "pytest", "pytest-timeout", "setuptools")


def environment() -> Path:
    """The environment's interpreter; made if need be, or if the list of libraries has changed, which takes minutes."""
    python = _PLACE / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp, wanted = _PLACE / "made", "\n".join((str(_ROOT), *_LIBRARIES, *_TOOLS))
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        print("libraries: making .cache/libraries (most of two gigabytes)", flush=True)
        shutil.rmtree(_PLACE, ignore_errors=True)
        venv.create(_PLACE, with_pip=False, symlinks=os.name != "nt")
        pip("--python", str(python), "install", "--quiet", "--editable", str(_ROOT), *_TOOLS, *_LIBRARIES)
        stamp.write_text(wanted, encoding="utf-8")
    return python


def java() -> str:
    """The version of Java that Spark will find, ``""`` if there is none."""
    home = os.environ.get("JAVA_HOME")
    program = str(Path(home, "bin", "java")) if home else shutil.which("java")
    if program is None:
        return ""
    try:
        done = subprocess.run([program, "-version"], capture_output=True, text=True)
    except OSError:
        return ""
    return done.stderr.partition("\n")[0] if not done.returncode else ""
