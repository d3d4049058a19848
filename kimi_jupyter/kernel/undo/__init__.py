"""Undo of the last run: what it bound is put back from what was bound before, what it changed in place from copies.

One level, of the last run only. What the user has done since is never overwritten. Nothing here runs the user's code or
holds more than a bounded number of bytes. Imports no data library.
"""

from __future__ import annotations

from .plan import Plan
from .undo import Undo

__all__ = ["Plan", "Undo"]
