"""Runs one contender in a process of its own: a request a line on stdin, an answer a line on stdout.

``python -m tests.bench.worker MODULE FUNCTION``, from the repository's root, by any environment's interpreter: imports
the standard library only, and the contender's own module when it is first asked. It reaches this machine only.
"""

from __future__ import annotations

import importlib
import json
import os
import sys

from tests.support.isolation import OutsideWatch


def main(module: str, function: str) -> None:
    """Answer until stdin ends. What a library prints goes to stderr."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    OutsideWatch()
    for line in sys.stdin:
        try:
            call = getattr(importlib.import_module(f"tests.bench.{module}"), function)
            answer = {"value": call(**json.loads(line))}
        except Exception as error:  # noqa: BLE001 - that it fails is the figure
            answer = {"fault": f"{type(error).__name__}: {error}"[:500]}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
