"""``python -m tests.context.survival``: describes every animal of the zoo wherever it can be, and prints who survives.

An animal survives if its description takes less than a second, raises nothing, prints nothing, trips no wire, says
more than that it failed, and keeps to its budget; and if all of that holds where the animal is an item, a value, a key,
an attribute, a cell, or a label of a column or row.
"""

from __future__ import annotations

import io
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from kimi_jupyter.chat.tokens import estimate_tokens
from kimi_jupyter.context import describe

from . import zoo_contents, zoo_libraries, zoo_objects, zoo_running  # noqa: F401 - their animals come with them
from .zoo import ANIMALS, KEPT, Alarm, frame_with_labels, objects, zoo

__all__ = ["LIMIT", "SLOW", "Survival", "animals", "close", "survivals"]

LIMIT = 1.0  # seconds
SLOW = "took too long"
_TOKENS = 120
#: To fill a gigabyte is one step of Python's, during which no other thread gets a word in.
_HOLDS_EVERYTHING_UP = "own words of a gigabyte"
_TOO_DEEP_TO_HASH = "a million tuples deep"  # it crashes Python itself


def _row_label(value: object) -> pd.DataFrame:
    frame = pd.DataFrame({"a": [1, 2]})
    frame.index = pd.Index(objects(value, "b"), dtype=object)
    return frame


_PLACES: dict[str, Callable[[Any], object]] = {
    "itself": lambda value: value,
    "an item": lambda value: [value, 1, value],
    "a value": lambda value: {"a": value, "b": {"c": value}},
    "a key": lambda value: {value: 1},
    "a record": lambda value: [{"a": value}, {"a": 1}],
    "an attribute": lambda value: types.SimpleNamespace(a=value),
    "an item of an array": lambda value: objects(value, None),
    "a cell": lambda value: pd.DataFrame({"a": objects(value, None, value), "b": [1, 2, 3]}),
    "a label": lambda value: frame_with_labels(value, "b"),
    "a row label": _row_label,
}


@dataclass(frozen=True, slots=True)
class Survival:
    """How an animal fared.

    Attributes
    ----------
    name
        The animal.
    seconds
        The longest that one description took.
    faults
        What went wrong, and where the animal was then.
    places
        In how many places it was described: not every value can be a key or a label.
    """

    name: str
    seconds: float
    faults: tuple[str, ...]
    places: int


def animals() -> dict[str, Callable[[], object]]:
    """Everything that lives in the zoo, by name."""
    return {**{name: partial(_of_tables, name) for name in zoo()}, **ANIMALS}


def _of_tables(name: str) -> object:
    return zoo()[name]


def survivals() -> Iterator[Survival]:
    """Describe each animal in each place."""
    for name, make in animals().items():
        value = make()
        slowest, faults, places = 0.0, [], 0
        for place, put in _PLACES.items():
            if name == _TOO_DEEP_TO_HASH and place in ("a key", "a label", "a row label"):
                continue
            try:
                there = put(value)
            except Exception:  # noqa: BLE001 - it can't be a key, or pandas won't have it
                continue
            for detail in ("sample", "stats", "schema") if place == "itself" else ("sample",):
                seconds, fault = _described(there, detail, lambda make=make, put=put: put(make()))
                slowest = max(slowest, seconds)
                if fault and not (fault == SLOW and name == _HOLDS_EVERYTHING_UP):
                    faults.append(f"{fault} as {place}")
            places += 1
        yield Survival(name, slowest, tuple(faults), places)


def _described(value: object, detail: str, again: Callable[[], object]) -> tuple[float, str]:
    """How long a description takes at best, and what was wrong with it: other work slows some of them down."""
    seconds, fault = _describe(value, detail)
    for _ in range(2):
        if fault == SLOW:
            seconds, fault = _describe(again(), detail)
    return seconds, fault


def _describe(value: object, detail: Any) -> tuple[float, str]:
    """How long one description took, and what was wrong with it."""
    Alarm.rung.clear()
    heard = io.StringIO()
    KEPT.append(heard)  # print in a thread that goes on may be using it (python/cpython#130163)
    text, fault, start = "", "", time.perf_counter()
    with redirect_stdout(heard), redirect_stderr(heard):
        Alarm.armed = True
        try:
            text = describe(value, "x", tokens=_TOKENS, detail=detail)
        except BaseException as error:  # noqa: BLE001 - a tripwire is no Exception
            fault = f"raised {type(error).__name__}"
        finally:
            Alarm.armed = False
    seconds = time.perf_counter() - start
    return seconds, fault or _wrong(text, heard.getvalue(), seconds)


def _wrong(text: str, heard: str, seconds: float) -> str:
    if Alarm.rung:
        return f"tripped {Alarm.rung[0]}"
    if heard:
        return "printed"
    if not text or "could not be described" in text:
        return "was not described"
    if "</context" in text or "\n## " in text or (not text.isprintable() and not text.replace("\n", "").isprintable()):
        return "forged"
    if estimate_tokens(text) > _TOKENS:
        return "exceeded its budget"
    return SLOW if seconds > LIMIT else ""


def close() -> None:
    """Let go of what the zoo keeps open; a connection only once the thread that uses it is through."""
    kept = [held for held in KEPT if type(held).__name__ != "Tripwire"]
    KEPT.clear()
    for held in kept:
        if isinstance(held, threading.Thread):
            held.join()
    for held in kept:
        if not isinstance(held, threading.Thread | io.StringIO):
            held.close()


def main() -> int:
    """Print who survives; 1 if one does not."""
    found = list(survivals())
    for one in found:
        faults = f": {'; '.join(one.faults)}" if one.faults else ""
        print(f"{one.seconds * 1000:8.1f} ms  {one.places:2} places  {one.name}{faults}")
    alive = sum(not one.faults for one in found)
    print(f"{alive} of {len(found)} survive, in {sum(one.places for one in found):,} places")
    close()
    return int(alive < len(found))


if __name__ == "__main__":
    sys.exit(main())
