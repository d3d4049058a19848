"""torch's tensors and modules. No operation is recorded, no device is asked, no hook of a module runs.

A tensor on another device is told by its shape: its values would have to be copied, after waiting for the device. A
user may watch every operation (``TorchDispatchMode``); then nothing is computed.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from ..arrays import value_lines
from ..attributes import instance_dict
from ..identity import class_name, is_a, library_of, loaded, mro
from ..numbers import memory
from ..scalars import scalar
from ..terms import Terms

__all__ = ["is_module", "module_lines", "torch_lines"]

_TENSORS = ("torch.Tensor", "torch.nn.parameter.Parameter")
_MOST = 10_000_000  # values of a tensor that are looked at
_LAYERS = 60
_DEPTH = 6
_SETTINGS = 6


def torch_lines(value: Any, terms: Terms) -> list[str] | None:
    """The description of a tensor or of a module of torch's own."""
    if is_a(value, *_TENSORS):
        return _tensor(value, terms)
    return module_lines(value, terms) if is_module(value) else None


def is_module(value: Any) -> bool:
    """Whether this is a ``torch.nn.Module``, of torch's or of the user's own class."""
    module = loaded("torch.nn.modules.module.Module")
    return module is not None and any(base is module for base in mro(type(value)))


def _tensor(value: Any, terms: Terms) -> list[str]:
    library: Any = loaded("torch._C")
    name = "torch.nn.Parameter" if is_a(value, _TENSORS[1]) else "torch.Tensor"
    with library.DisableTorchFunction():  # a user's mode would see every attribute that is read
        shape = "(" + ", ".join(map(str, value.shape)) + ("," if value.dim() == 1 else "") + ")"
        said = f"{name}, shape {shape}, {str(value.dtype).removeprefix('torch.')}"
        strided = str(value.layout) == "torch.strided"
        said += f", {memory(value.numel() * value.element_size())}" if strided else f", {str(value.layout)[6:]}"
        said += f", on {terms.plain(str(value.device), 20)}" + (", requires grad" if value.requires_grad else "")
        if terms.detail == "schema" or not strided or value.device.type != "cpu" or not 0 < value.numel() <= _MOST:
            return [said]
        plain = _as_array(value, library)
    return [said] if plain is None else [said, *value_lines(plain, terms)]


def _as_array(value: Any, library: Any) -> Any:
    """The tensor's memory as a numpy array, ``None`` where there is none: quantised, within ``vmap``, watched."""
    if library._len_torch_dispatch_stack() or library._len_torch_function_stack():
        return None
    try:
        plain = value.detach()
        return (plain.float() if str(plain.dtype) == "torch.bfloat16" else plain).numpy()
    except (RuntimeError, TypeError):
        return None


def module_lines(value: Any, terms: Terms) -> list[str]:
    """A module by its parameters and layers, from the dicts that hold them."""
    seen: set[int] = set()
    count = _count(value, seen, 0)
    said = f"torch module {class_name(type(value))}, {count:,} parameters"
    training = instance_dict(value).get("training")
    if type(training) is bool:
        said += ", in training mode" if training else ", in evaluation mode"
    return [said, *_layers(value, terms, "", 0)[:_LAYERS]]


def _layers(value: Any, terms: Terms, indent: str, depth: int) -> list[str]:
    lines = []
    for name, layer in _inner(value):
        said = f"{indent}- {terms.plain(name, 60)}: {class_name(type(layer)).rpartition('.')[2]}"
        settings = _settings(layer, terms)
        own = _count(layer, set(), 0)
        said += f"({settings})" if settings else ""
        lines.append(f"{said}, {own:,} parameters" if own else said)
        if depth < _DEPTH and len(lines) <= _LAYERS:
            lines += _layers(layer, terms, indent + "  ", depth + 1)
    return lines


def _is_dict(held: Any) -> bool:
    return type(held) is dict or type(held) is OrderedDict  # the latter before torch 2.6


def _inner(value: Any) -> list[tuple[str, Any]]:
    modules: Any = instance_dict(value).get("_modules")
    if not _is_dict(modules):
        return []
    return [(name, layer) for name, layer in list(dict.items(modules)) if type(name) is str and is_module(layer)]


def _settings(layer: Any, terms: Terms) -> str:
    """What one of torch's own layers was made with: ``in_features=4, out_features=8``."""
    if library_of(layer) != "torch":
        return ""
    found = []
    for name, held in instance_dict(layer).items():
        if type(name) is not str or name.startswith("_") or name in ("training", "inplace"):
            continue
        plain = type(held) is tuple and all(type(one) is int for one in held)
        text = str(held) if plain else scalar(held, terms, 20) if type(held) in (int, float) else None
        if text is not None:
            found.append(f"{name}={text}")
    return "" if terms.detail == "schema" else ", ".join(found[:_SETTINGS])


def _count(value: Any, seen: set[int], depth: int) -> int:
    """Parameters of a module and those within it, each once."""
    parameters: Any = instance_dict(value).get("_parameters")
    total = 0
    for held in list(dict.values(parameters)) if _is_dict(parameters) else []:
        if is_a(held, *_TENSORS) and id(held) not in seen:
            seen.add(id(held))
            total += held.numel()
    if depth > 4 * _DEPTH:
        return total
    for _, layer in _inner(value):
        if id(layer) not in seen:
            seen.add(id(layer))
            total += _count(layer, seen, depth + 1)
    return total
