"""scipy's sparse matrices: shape, how full they are, and the range of what is stored."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse

from kimi_jupyter.context import describe


@pytest.mark.parametrize("kind", ["csr_matrix", "csc_array", "coo_array", "bsr_matrix"])
def test_what_is_stored_is_told(kind: str) -> None:
    dense = np.zeros((1_000, 50))
    dense[3, 4], dense[900, 1] = 7.5, -2.0
    value = getattr(scipy.sparse, kind)(dense)
    text = describe(value, "value")
    assert text.startswith(f"scipy.sparse.{kind}, shape (1000, 50), float64")
    if kind != "bsr_matrix":
        assert "2 values stored (<0.1 %)" in text
        assert "7.5" in text
        assert "7.5" not in describe(value, "value", detail="schema")


def test_formats_without_one_array_are_told_by_their_shape() -> None:
    assert describe(scipy.sparse.lil_array((3, 4)), "value") == "scipy.sparse.lil_array, shape (3, 4), float64"


def test_nothing_stored() -> None:
    assert "0 values stored" in describe(scipy.sparse.csr_array((3, 4)), "value")


def test_a_subclass_is_told_by_its_type() -> None:
    class Mine(scipy.sparse.csr_matrix):  # type: ignore[misc]
        @property
        def dtype(self) -> None:
            raise AssertionError("a user's code ran")

        @dtype.setter
        def dtype(self, value: object) -> None: ...

    assert describe(object.__new__(Mine), "value").startswith("object of type ")
