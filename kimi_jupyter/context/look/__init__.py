"""The model's closer look at a value, a column or some columns of a table, without running anybody's code.

Imports no data library; what is here is imported when the first look is taken.
"""

from __future__ import annotations

from .look import look
from .sketch import Look

__all__ = ["Look", "look"]
