"""Kimi for scripts: :func:`ask`, :func:`aask` and :class:`Session`, the same engine without a notebook.

Turns run on the engine's thread, code on the caller's, in a namespace the caller gives. Imports no IPython and no front
end; the package's own names lead here.
"""

from __future__ import annotations

from .answer import Answer, Call
from .approval import Approve, Edit
from .asking import aask, ask
from .session import Session

__all__ = ["Answer", "Approve", "Call", "Edit", "Session", "aask", "ask"]
