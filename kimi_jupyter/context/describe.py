"""Any value in words for the model, within a token budget, without running its code.

This is the door of the package: it asks what a value is by its exact type and hands it to the module that knows such
values. A new kind is a line in ``_lines`` and a module beside the others. Imports no data library.
"""

from __future__ import annotations

import time
from typing import Any

from ..chat.tokens import estimate_tokens
from .containers import container_lines, is_container
from .frames import frame_of
from .identity import is_a, type_name
from .objects import object_lines
from .own_words import own_words
from .redact import names_a_secret
from .scalars import scalar
from .sizes import lazy_library
from .sparse import is_sparse, sparse_lines
from .tables import digest, schema_digest
from .terms import Detail, Terms, fit
from .text import clean

__all__ = ["describe", "describe_value"]

_STRING = 4_000
_SECONDS = 1.0  # for one value, which takes some milliseconds unless it is of an unusual kind


def describe(value: object, name: str, *, tokens: int = 500, detail: Detail = "sample") -> str:
    """Describe a value for a language model.

    Parameters
    ----------
    value
        Anything. It is not changed, no lazy computation is started, no generator consumed, and no method of a class
        that is not on the package's allowlist is called, except ``_repr_llm_`` where the value's class defines one
        and describers registered for it (:func:`.describer`), under a time limit.
    name
        The name the value goes by; used where the text speaks of it.
    tokens
        Most tokens of the text, by :func:`kimi_jupyter.chat.tokens.estimate_tokens`. What did not fit is named.
    detail
        ``"schema"``: types, sizes, column names, no values. ``"stats"``: also ranges, counts and categories.
        ``"sample"``: also values and at most three rows.

    Returns
    -------
    str
        First what the value is and how large, then a line for each part. The same data give the same text.

    Raises
    ------
    ValueError
        ``detail`` is none of the three. No value raises.
    """
    if detail not in ("schema", "stats", "sample"):
        raise ValueError(f"detail must be 'schema', 'stats' or 'sample', not {detail!r}")
    return describe_value(value, name, Terms(tokens, detail, deadline=time.monotonic() + _SECONDS))


def describe_value(value: object, name: str, terms: Terms) -> str:
    """As :func:`describe`, under full terms."""
    try:
        text = _text(value, name, terms)
    except Exception as error:  # noqa: BLE001 - a border: a value of anyone's making must cost one line, not the turn
        text = f"object of type {type_name(value)} (could not be described: {type_name(error)})"
        return fit([text], terms.tokens)
    # Looked over once more as a whole: numbers, such as cards', are not screened one by one.
    safe = terms.screened(clean(text))
    return text if safe == text else fit(safe.split("\n"), terms.tokens)


def _text(value: Any, name: str, terms: Terms) -> str:
    own, why_not = own_words(value, terms)
    if own is not None:
        return fit(own, terms.tokens)
    if why_not:
        room = max(0, terms.tokens - estimate_tokens(why_not) - 2)
        lines = _built_in(value, name, terms.within(room)).split("\n")
        return fit([f"{lines[0]} {why_not}".strip()] if len(lines) == 1 else [*lines, why_not], terms.tokens)
    return _built_in(value, name, terms)


def _built_in(value: Any, name: str, terms: Terms) -> str:
    """What the package says of the value."""
    frame = frame_of(value, terms)
    if frame is not None:
        return digest(frame, terms)
    if lazy_library(value):
        from .lazy import outline_of

        return schema_digest(outline_of(value, terms), terms)
    return fit(_lines(value, name, terms), terms.tokens)


def _lines(value: Any, name: str, terms: Terms) -> list[str]:
    if is_a(value, "numpy.ndarray", "numpy.memmap"):
        from .arrays import array_lines

        return array_lines(value, terms)
    if is_sparse(value):
        return sparse_lines(value, terms)
    if type(value) is str:
        return _string(value, name, terms)
    if is_container(value):
        return container_lines(value, terms)
    text = scalar(value, terms, 200)
    if text is None:
        return object_lines(value, terms)
    kind = type_name(value)
    return [kind if terms.detail == "schema" and value is not None else f"{kind}: {text}"]


def _string(value: str, name: str, terms: Terms) -> list[str]:
    """A text: its length, and as much of it as there is room for."""
    head = f"str, {len(value):,} characters"
    if value.count("\n"):
        head += f", {value.count(chr(10)) + 1:,} lines"
    if terms.detail != "sample":
        return [head]
    if names_a_secret(name):
        return [f"{head}: [secret hidden]"]
    lines, room = [head], max(0, terms.tokens - 20)
    for limit in (_STRING, 2_000, 1_000, 500, 250, 120, 60, 30):
        text = terms.quoted(value, min(limit, room * 4))
        if len(fit([head, text], terms.tokens)) == len(head) + 1 + len(text):
            return [*lines, text]
    return lines
