"""The sidebar's end in the kernel: comms, turns that live on the engine, requests to the notebook's page.

``connection`` is one comm, ``messages`` reads what comes over it, ``link`` answers it; ``turn`` is a turn that was
asked there, ``executor`` has the page run its code, ``requests`` waits for the page, ``watch`` sees its cell.
Imported when a comm opens, not before.
"""

from __future__ import annotations

from .link import Link

__all__ = ["Link"]
