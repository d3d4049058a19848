"""A message that came from a page, and the ways to answer it. Imports nothing of a kernel."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import KimiError
from .connection import Connection
from .messages import Malformed, text
from .worker import Worker

__all__ = ["LONGEST_ID", "Kinds", "Received", "Then"]

#: Characters of an id.
LONGEST_ID = 200
_BUG = "That did not work; the kernel's log says why."

log = logging.getLogger("kimi_jupyter")


@dataclass(frozen=True, slots=True)
class Received:
    """A message.

    Attributes
    ----------
    page
        Whose it is.
    number
        Its id, ``None`` where it has no valid one.
    kind
        What it is, cut.
    content
        All of it; nothing in it is checked yet.
    """

    page: Connection
    number: int | None
    kind: str
    content: Mapping[str, Any]

    def text(self, name: str, most: int, *, empty: bool = False) -> str:
        """A text in it; :func:`.messages.text` tells what is raised."""
        return text(self.content, name, most, empty=empty)

    def key(self, name: str) -> str:
        """An id in it."""
        return text(self.content, name, LONGEST_ID)

    def refuse(self, why: str, **more: Any) -> None:
        """Say in one line why it did nothing."""
        self.page.refuse(self.kind, why, self.number, **more)

    def answer(self, kind: str, **content: Any) -> None:
        """Answer with content."""
        self.page.send({"kind": kind, "re": self.number, **content})

    def guarded(self, work: Callable[[], object]) -> bool:
        """Do something for it, on any thread; what goes wrong is said to the page. Whether it went well."""
        try:
            work()
        except (Malformed, KimiError) as error:
            self.refuse(str(error))
        except Exception:  # the border to a front end: whatever it sends, its comm lives on
            log.exception("a message from the sidebar")
            self.refuse(_BUG)
        else:
            return True
        return False

    def later(self, worker: Worker, work: Callable[[], object]) -> Callable[[], object]:
        """What has a worker do something for it, in the same way."""
        return lambda: worker.submit(lambda: self.guarded(work))


#: What is left to do after a message was acknowledged.
Then = Callable[[], object] | None
#: What takes messages, by kind. It returns at once; what it raises is said to the page.
Kinds = dict[str, Callable[[Received], Then]]
