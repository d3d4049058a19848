"""The whole zoo: nothing that a value can do to who looks at it is done (hazards RO-01 to RO-12, §2.10)."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator

import pytest

from kimi_jupyter.context import Cell, build

from .survival import LIMIT, animals, close, survivals
from .zoo import Alarm


@pytest.fixture(autouse=True)
def zoo_is_closed() -> Iterator[None]:
    yield
    Alarm.armed = False
    close()
    gc.collect()


def test_every_animal_survives_wherever_it_is(capfd: pytest.CaptureFixture[str]) -> None:
    found = list(survivals())
    assert [f"{one.name}: {fault}" for one in found for fault in one.faults] == []
    assert len(found) > 200
    assert sum(one.places for one in found) > 1_900
    assert "I was asked" not in "".join(capfd.readouterr())


def test_the_whole_zoo_is_told_through_the_door_in_its_time() -> None:
    namespace = {f"animal{number}": make() for number, make in enumerate(animals().values())}
    names = ", ".join(namespace)
    for prompt in (f"What are {names}?", "What is there?"):
        Alarm.rung.clear()
        Alarm.armed = True
        start = time.perf_counter()
        context = build(prompt, namespace=namespace, cells=[Cell(1, names)], seconds=LIMIT)
        taken = time.perf_counter() - start
        Alarm.armed = False
        assert Alarm.rung == []
        assert taken < LIMIT + 0.5
        told = {part.title for part in context.parts if part.kind == "value"}
        assert len(told) > 10
        if names in prompt:
            assert told | {name.split(" (")[0] for name in context.skipped} >= set(namespace)
