"""What to write instead of IPython's own notation: magics, shell lines, help, prompts.

IPython would turn these into something else than what was shown, so code to approve has none of them (hazards §2.2,
INP-11). The model knows them well and writes them; each gets a sentence with the plain-Python way. Looked at only where
the code was not valid Python. Imports nothing of ours.
"""

from __future__ import annotations

import re

__all__ = ["plain_python"]

_ASSIGNED = r"\s*(?:[\w.,\[\]'\" ]{1,80}=\s*)?"
_CELL_MAGIC = re.compile(r"\s*%%(\w+)")
_MAGIC = re.compile(_ASSIGNED + r"%(\w+)")
_SHELL = re.compile(_ASSIGNED + r"!")
_PROMPT = re.compile(r"\s*(?:>>>|In \[\d*\]:|Out\[\d*\]:|\.{3,}(?::|\s|$))")
_FENCE = re.compile(r"\s*(?:```|~~~)")
_HELP = re.compile(r"\s*\?{1,2}\s*[\w*]|\s*[\w.()\[\]'\"*]+\s*\?{1,2}\s*;?\s*$")
_AUTOCALL = re.compile(r"\s*[,;/][A-Za-z_][\w.]*(?:\s|$)")

_SHELL_ADVICE = (
    "Shell lines don't run here; use Python's own modules (pathlib, shutil, os), or "
    "`subprocess.run([...], capture_output=True, text=True)` and print its stdout."
)
_INSTALL_ADVICE = "Packages are the user's to install: say which one is missing, or do without it."
_TIME_ADVICE = "Measure with `time.perf_counter()` before and after."
_MAGIC_ADVICE = {
    "matplotlib": "Leave it out: figures appear by themselves.",
    "load_ext": "Leave it out, and write what the extension would do in plain Python.",
    "reload_ext": "Leave it out.",
    "config": "Leave it out.",
    "pip": _INSTALL_ADVICE,
    "conda": _INSTALL_ADVICE,
    "mamba": _INSTALL_ADVICE,
    "uv": _INSTALL_ADVICE,
    "time": _TIME_ADVICE,
    "timeit": _TIME_ADVICE,
    "cd": "Use `os.chdir(...)`, or better full paths.",
    "pwd": "Use `pathlib.Path.cwd()`.",
    "ls": "Use `list(pathlib.Path('.').iterdir())`.",
    "env": "Use `os.environ`.",
    "run": "Import the file, or use `runpy.run_path(...)`.",
    "who": "Print the names you need, or call inspect.",
    "whos": "Print the names you need, or call inspect.",
    "bash": _SHELL_ADVICE,
    "sh": _SHELL_ADVICE,
    "sx": _SHELL_ADVICE,
    "system": _SHELL_ADVICE,
    "writefile": "Use `pathlib.Path(...).write_text(...)`.",
    "capture": "Leave it out.",
    "sql": "Use the library itself, for example `duckdb.sql(...)` or `sqlite3`.",
}


def plain_python(line: str, *, cell: str = "") -> str:
    """What to write instead of a line that is IPython's and not Python's.

    Parameters
    ----------
    line
        The line that Python could not read; only its first 200 characters matter.
    cell
        The first line of the code that is not blank, where a cell magic would be.

    Returns
    -------
    str
        A sentence for the model, or ``""`` if the line is no notation of IPython.
    """
    line = line[:200]
    if match := _CELL_MAGIC.match(cell[:200]) or _CELL_MAGIC.match(line):
        return _magic(f"%%{match[1]}", match[1])
    if match := _MAGIC.match(line):
        return _magic(f"%{match[1]}", match[1])
    if _PROMPT.match(line):
        return "Leave the prompts out; write the code alone."
    if _FENCE.match(line):
        return "Leave the Markdown fence out; write the code alone."
    if _SHELL.match(line):
        return _INSTALL_ADVICE if re.search(r"\b(pip|conda|mamba|uv)\b", line) else _SHELL_ADVICE
    if _HELP.match(line):
        return "Use `help(x)` or `print(x.__doc__)`."
    if _AUTOCALL.match(line):
        return "Write the call with its parentheses and quotes: `f('a', 'b')`."
    return ""


def _magic(written: str, name: str) -> str:
    advice = _MAGIC_ADVICE.get(name, "Write what it does in plain Python.")
    return f"The magic {written[:40]} does not run here. {advice}"
