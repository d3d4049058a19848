"""The texts that are compared: our digest, alone and with the question, and what pandas and DuckDB say of a table."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import duckdb
import pandas as pd

from kimi_jupyter.chat.tokens import estimate_tokens
from kimi_jupyter.context import build, describe

__all__ = ["PEERS", "Teller", "asked", "cut_to", "told"]

Teller = Callable[[pd.DataFrame], str]


def told(frame: Any, tokens: int) -> str:
    """Our digest, without a question."""
    return describe(frame, "df", tokens=tokens)


def asked(frame: Any, question: str, tokens: int) -> str:
    """Our digest as a part of the context of a question, which may favour what the question names."""
    return build(f"{question} (df)", namespace={"df": frame}, cells=[], tokens=tokens, seconds=10).text


def _info(frame: pd.DataFrame) -> str:
    buffer = io.StringIO()
    frame.info(buf=buffer, verbose=True, show_counts=True)
    return buffer.getvalue()


def _summary(frame: pd.DataFrame) -> str:
    with duckdb.connect() as connection:
        connection.register("df", frame)
        return str(connection.sql("SUMMARIZE df").df().to_csv(index=False))


PEERS: dict[str, Teller] = {
    "head().to_string()": lambda frame: frame.head().to_string(),
    "info()": _info,
    "info() + head()": lambda frame: _info(frame) + frame.head().to_string(),
    'describe(include="all")': lambda frame: frame.describe(include="all").to_string(),
    "duckdb SUMMARIZE": _summary,
}


def cut_to(text: str, tokens: int) -> str:
    """The longest beginning of the text within a budget."""
    if estimate_tokens(text) <= tokens:
        return text
    low, high = 0, len(text)
    while high - low > 1:
        middle = (low + high) // 2
        if estimate_tokens(text[:middle]) <= tokens:
            low = middle
        else:
            high = middle
    return text[:low]
