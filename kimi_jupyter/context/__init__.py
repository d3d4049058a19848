"""What is sent along with a question: cells and values, described within a budget."""

from __future__ import annotations

from .build import Context, Part, build
from .cells import Cell, cells_from_history, cells_from_notebook
from .describe import describe
from .registry import describer

__all__ = ["Cell", "Context", "Part", "build", "cells_from_history", "cells_from_notebook", "describe", "describer"]
