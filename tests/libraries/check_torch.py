"""torch: tensors and modules by what they hold; no graph grows, no mode of the user's sees an operation."""

from __future__ import annotations

from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from tests.libraries.watched import told


class Watching(TorchFunctionMode):
    def __init__(self) -> None:
        self.seen: list[Any] = []

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.seen.append(function)
        return function(*args, **(kwargs or {}))


class Dispatching(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Any] = []

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.seen.append(function)
        return function(*args, **(kwargs or {}))


class Net(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = torch.nn.Sequential(torch.nn.Conv2d(3, 16, 3), torch.nn.ReLU(), torch.nn.Dropout(0.2))
        self.head = torch.nn.Linear(16, 10)
        self.tied = self.head

    def __repr__(self) -> str:
        raise AssertionError("asked")


def test_a_tensor_is_told_with_its_range_and_first_values() -> None:
    assert told(torch.arange(12.0).reshape(3, 4)) == [
        "torch.Tensor, shape (3, 4), float32, 48 B, on cpu",
        "12 distinct, unique, 0 … 11, whole numbers, quartiles 3, 6, 9",
        "first values: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …",
    ]
    assert told(torch.arange(3.0), detail="schema") == ["torch.Tensor, shape (3,), float32, 12 B, on cpu"]
    assert told(torch.tensor([1.5, 2.5], dtype=torch.bfloat16))[-1] == "first values: 1.5, 2.5"


def test_tensors_without_values_here_are_told_by_their_shape() -> None:
    for tensor in (torch.empty(3, device="meta"), torch.eye(3).to_sparse(), torch.zeros(0), torch.zeros(2).conj()):
        assert told(tensor)[0].startswith("torch.Tensor, shape (")
    assert len(told(torch.empty(3, device="meta"))) == 1


def test_no_gradient_is_recorded() -> None:
    weight = torch.ones(3, requires_grad=True)
    assert told(weight)[0].endswith("on cpu, requires grad")
    assert weight.grad_fn is None
    assert weight.grad is None


def test_a_users_mode_sees_nothing() -> None:
    tensor = torch.ones(3)
    watching, dispatching = Watching(), Dispatching()
    with watching:
        assert len(told(tensor)) == 1
    with dispatching:
        assert len(told(tensor)) == 1
    assert watching.seen == dispatching.seen == []
    with watching:
        tensor.sum()
    assert watching.seen, "the watch sees an operation"


def test_a_subclass_is_told_by_its_name() -> None:
    class Tagged(torch.Tensor):
        @classmethod
        def __torch_function__(cls, *_: Any, **__: Any) -> Any:
            raise AssertionError("asked")

    (line,) = told(torch.ones(2).as_subclass(Tagged))
    assert line.startswith("object of type ")
    assert line.endswith("Tagged")


def test_a_module_is_told_by_its_layers_and_parameters() -> None:
    text = told(Net())
    assert text[0].endswith("Net, 618 parameters, in training mode")
    assert text[1] == "- body: Sequential, 448 parameters"
    assert text[2].startswith("  - 0: Conv2d(in_channels=3, out_channels=16, kernel_size=(3, 3)")
    assert "- head: Linear(in_features=16, out_features=10), 170 parameters" in text


def test_a_large_tensor_is_passed_over_once() -> None:
    assert told(torch.zeros(3_000, 3_000))[0] == "torch.Tensor, shape (3000, 3000), float32, 36 MB, on cpu"
