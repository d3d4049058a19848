"""Writes answers: short Markdown in which data stays data.

Imports nothing of ours. Whatever comes from a table is escaped, so that a value is never read as markup or maths.
"""

from __future__ import annotations

import re

__all__ = ["FOOTER", "are", "code", "counted", "listed", "plain", "printed", "table"]

FOOTER = "*This is kimi_jupyter's offline endpoint: rules that read results, not a language model.*"
_MOST = 20


def plain(text: str, most: int = 80) -> str:
    """A value as text that Markdown leaves alone, in at most so many characters."""
    one_line = re.sub(r"[\r\n\t]+", " ", text)
    short = one_line if len(one_line) <= most else f"{one_line[: most - 1]}…"
    return re.sub(r"([\\`*\[\]|$~])", r"\\\1", short).replace("&", "&amp;").replace("<", "&lt;") or "(empty)"


def code(name: str) -> str:
    """A name in code style, backticks and all."""
    one_line = re.sub(r"[\r\n\t]+", " ", name)
    short = one_line if len(one_line) <= 80 else f"{one_line[:79]}…"
    fence = "`" * (max((len(run) for run in re.findall("`+", short)), default=0) + 1)
    padding = " " if "`" in short or not short.strip() else ""
    return f"{fence}{padding}{short}{padding}{fence}"


def listed(parts: list[str]) -> str:
    """Parts in a sentence: ``a, b and c``."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def counted(number: str, noun: str) -> str:
    """A number with its noun: ``1 row``, ``2 rows``."""
    return f"{number} {noun}" if number == "1" else f"{number} {noun}s"


def are(number: str, noun: str) -> str:
    """The beginning of a sentence about how many are something: ``**2** cells are``."""
    return f"**{number}** {noun} is" if number == "1" else f"**{number}** {noun}s are"


def printed(text: str, most: int = 3000) -> str:
    """Output as it was printed, in a block that it can't end."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}text\n{text[:most].strip(chr(10)).rstrip()}\n{fence}"


def table(header: list[str], rows: list[list[str]], most: int = _MOST, left: int = 1) -> str:
    """A Markdown table of at most so many rows; what is left out is said under it.

    Cells are ready Markdown; the first ``left`` columns hold words, the others figures.
    """
    cells = [header, ["---"] * left + ["---:"] * (len(header) - left), *rows[:most]]
    lines = ["| " + " | ".join(re.sub(r"(?<!\\)\|", r"\\|", cell) for cell in row) + " |" for row in cells]
    if len(rows) > most:
        lines += ["", f"…and {len(rows) - most} more rows in the output above."]
    return "\n".join(lines)
