"""The sidebar's end in the kernel: comms, turns that live on the engine, requests to the notebook's page.

``link`` has the comms and gives each message to who takes it: ``turning``, ``conversing``, ``looking``. ``connection``
is one comm, ``messages`` reads what comes over it. ``turn`` is a turn that was asked there, ``executor`` has the page
run its code, ``notebook`` is its cells, ``requests`` waits for the page, ``watch`` sees the cell that it runs. Imported
when a comm opens.
"""

from __future__ import annotations

from .link import Link

__all__ = ["Link"]
