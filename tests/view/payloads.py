"""Hostile texts: each is put wherever a model, a table or an error could put it (hazards UI-01 to UI-16).

They are in `payloads.json`, which the tests of the turn view (labextension/tests) read too.
"""

from __future__ import annotations

import json
from pathlib import Path

EVIL = "https://evil.example/x.png"

_TEXTS: dict[str, list[str]] = json.loads(Path(__file__).with_name("payloads.json").read_text("utf-8"))

HTML, MARKDOWN, ANSI = _TEXTS["html"], _TEXTS["markdown"], _TEXTS["ansi"]
EVERYTHING = HTML + MARKDOWN + ANSI
