"""What is measured, in the order of ``RESULTS.md``: titles, files, and what to know of the tables.

``python -m tests.bench.topics [NAME ...]`` prints the files of these topics, or of all. Imports nothing of ours.
"""

from __future__ import annotations

import sys
from pathlib import Path

__all__ = ["FILES", "TOPICS"]

_CONTEXT = """\
Each cell is milliseconds of one call, the best of up to ten in two turns, and estimated tokens of its text. Left
empty where only ours takes such a table as it is, or where the contender took over three seconds for a smaller
one."""
_ANSWERS = """\
The share of questions on tables whose every atom (names, values, ranges, counts, formats) is in the text, cut to a
budget of tokens; `python -m tests.bench.answerability --missed` lists what is not. The digest was worked on with
the first tables."""
_CLIENT = """\
Streams of a token a chunk, half of it reasoning, each contender in a process of its own, by turns. Rates are per second
of the client's processor time, which other work on the machine disturbs little; first tokens are on the clock, of the
fastest tenth. A first call is made by a fresh process, imports included. Memory is what the process held more at most
while it read up to 200,000 chunks."""
_LOADING = """\
The best of some, by turns: fresh Pythons that import, less an empty one; `%load_ext` in a kernel that has run a cell;
from Enter to the last byte of the request at the endpoint, in a kernel that has just loaded the extension."""
_PAGE = """\
JupyterLab in Chromium. Received is all that came over the kernel's channel while the cell ran, ours with its
widget's module; *busy* is processor time of the page's main thread."""
_LOOP = """\
Turns against the canned endpoint, which has a process of its own; code is run here, by `exec`. Goals are judged by the
processor time of this process, sending included, for other work on the machine shows on the clock."""
_STORE = "SQLite with a log on a local disk, results of 2.8 KB."
_LAB = """\
Each extension in an environment of its own with the same JupyterLab, all servers up, starts by turns in a browser
with nothing cached. *More* is over JupyterLab alone. Fetched is what the page got over HTTP until JupyterLab was
restored and idle."""

#: By name: title, and what to know.
TOPICS = {
    "context": ("Digests of tables", _CONTEXT),
    "answers": ("Answerability", _ANSWERS),
    "client": ("Streaming client", _CLIENT),
    "loading": ("Loading", _LOADING),
    "page": ("Kernel to browser", _PAGE),
    "loop": ("The loop", _LOOP),
    "store": ("The store", _STORE),
    "lab": ("JupyterLab with the extension", _LAB),
}
#: By name: the file that measures it; those not named ``test_…`` are run by ``make bench`` only.
FILES = {
    "context": "test_context_speed.py",
    "answers": "bench_answers.py",
    "client": "test_client_speed.py",
    "loading": "test_loading_speed.py",
    "page": "bench_page.py",
    "loop": "test_loop_speed.py",
    "store": "test_store_speed.py",
    "lab": "bench_lab.py",
}


def main(names: list[str]) -> str:
    """The files, or why there are none."""
    if unknown := [name for name in names if name not in FILES]:
        return f"bench: no topic {', '.join(unknown)}; there are {', '.join(FILES)}"
    print(*(Path(__file__).with_name(FILES[name]) for name in names or FILES))
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) or 0)
