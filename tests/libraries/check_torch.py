"""PyTorch's tensors and modules: told without a forward pass or a change."""

from __future__ import annotations

from typing import Any

import torch

from tests.libraries.watched import told


class Net(torch.nn.Module):
    """A module whose every method would betray itself."""

    rung: list[str] = []  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(4, 2)

    def forward(self, data: torch.Tensor) -> torch.Tensor:
        self.rung.append("forward")
        return self.layer(data)

    def extra_repr(self) -> str:
        self.rung.append("repr")
        return ""


class Tagged(torch.Tensor):
    """A tensor of a user's class."""

    rung: list[str] = []  # noqa: RUF012

    @classmethod
    def __torch_function__(cls, function: Any, types: Any, arguments: Any = (), named: Any = None) -> Any:
        cls.rung.append(str(function))
        return super().__torch_function__(function, types, arguments, named or {})


def test_a_tensor_is_told_and_stays_as_it_is() -> None:
    tensor = torch.ones(3, 4, requires_grad=True)
    assert "torch.Tensor" in told(tensor)[0]
    assert tensor.grad is None
    assert tensor.grad_fn is None


def test_a_module_is_told_without_running_it() -> None:
    assert "Net" in told(Net())[0]
    assert Net.rung == []


def test_a_users_tensor_runs_no_code() -> None:
    tensor = torch.ones(3).as_subclass(Tagged)
    Tagged.rung.clear()
    assert "Tagged" in told(tensor)[0]
    assert Tagged.rung == []
