"""Images, answers of web servers, notebooks: from what the objects hold; nothing is loaded, decoded or sent."""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import Any

from ..attributes import instance_dict
from ..identity import is_a, type_name
from ..numbers import memory
from ..terms import Terms

__all__ = ["image_lines", "notebook_lines", "response_lines"]

_ADDRESS = 120


def image_lines(value: Any, terms: Terms) -> list[str] | None:
    """A Pillow image: mode and size. Its file may not have been read yet, and is not read for this."""
    own = instance_dict(value)
    mode, size = own.get("_mode"), own.get("_size")
    if type(mode) is not str or type(size) is not tuple or not all(type(side) is int for side in size):
        return None
    return [f"{type_name(value)}, mode {terms.plain(mode, 20)}, {' × '.join(map(str, size))} pixels"]


def response_lines(value: Any, terms: Terms) -> list[str] | None:
    """An answer of requests or httpx: status, type, size, and the address without its query."""
    if not is_a(value, "requests.models.Response", "requests.Response", "httpx.Response"):
        return None
    own = instance_dict(value)
    status, content = own.get("status_code"), own.get("_content")
    said = f"{type_name(value)}, status {status if type(status) is int else '?'}"
    kind = _content_type(own.get("headers"))
    if kind:
        said += f", {terms.plain(kind, 60)}"
    said += f", {memory(len(content))}" if type(content) is bytes else ", body not read"
    address = own.get("url")
    if type(address) is str and terms.detail == "sample":
        said += f", from {terms.quoted(address.partition('?')[0], _ADDRESS)}"
    return [said]


def _content_type(headers: Any) -> str:
    """The content type, from the pairs that both libraries keep below their own kinds of dict."""
    own = instance_dict(headers)
    pairs: list[Any] = list(dict.values(own["_store"])) if type(own.get("_store")) is OrderedDict else []
    listed = own.get("_list")
    pairs += [(raw, text) for raw, _, text in listed] if type(listed) is list else []
    for pair in pairs:
        if type(pair) is tuple and len(pair) == 2:
            name, text = (one.decode("latin-1") if type(one) is bytes else one for one in pair)
            if type(name) is str and type(text) is str and name.lower() == "content-type":
                return text
    return ""


def notebook_lines(value: Any, terms: Terms) -> list[str] | None:
    """A notebook as nbformat has it: its cells by kind."""
    if not is_a(value, "nbformat.notebooknode.NotebookNode"):
        return None
    cells = dict.get(value, "cells")
    if type(cells) is not list:
        return None
    kinds = Counter(_kind(cell) for cell in cells)
    told = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common())
    return [f"notebook, {len(cells):,} cells{f': {terms.plain(told, 80)}' if told else ''}"]


def _kind(cell: Any) -> str:
    kind = dict.get(cell, "cell_type") if is_a(cell, "nbformat.notebooknode.NotebookNode") else None
    return kind if type(kind) is str else "other"
