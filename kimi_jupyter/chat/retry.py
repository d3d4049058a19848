"""What is tried again, when, and how requests are paced. Decides; waits and requests are the loop's.

A request is tried again only if nothing of its reply was shown and the error may pass by itself (protocol §4.2, §4.3).
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable

from ..errors import EndpointError, Refused

__all__ = ["Pacer", "Retries"]

#: Tries of one request, the first included.
_TRIES = 5
#: Seconds: the ladder starts here and doubles, up to the top; longer than this nobody waits unasked.
_FIRST, _TOP, _PATIENCE = 0.5, 20.0, 75.0


class Retries:
    """The tries of one request.

    Parameters
    ----------
    rng
        Gives the jitter, so that many clients don't come back at one moment.
    """

    def __init__(self, rng: Callable[[], float] = random.random) -> None:
        self._rng = rng
        self.tried = 0

    def wait(self, error: EndpointError) -> float | None:
        """Seconds to wait before the next try, or ``None`` if there should be none."""
        self.tried += 1
        if not error.passing or self.tried >= _TRIES:
            return None
        ladder: float = min(_TOP, _FIRST * 2 ** (self.tried - 1)) * (0.75 + self._rng() / 2)
        if error.retry_after is None:
            return ladder
        return None if error.retry_after > _PATIENCE else error.retry_after + self._rng() / 4


class Pacer:
    """Keeps requests of one account apart: fresh accounts have one at a time and three a minute (protocol §4.2).

    Learns from refusals; where none came it never waits.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._interval = 0.0
        self._last = float("-inf")

    def learn(self, error: EndpointError) -> None:
        """Take in what a refusal says of the account's limits."""
        if isinstance(error, Refused) and error.status == 429:
            found = re.search(r"max RPM: (\d+)", str(error))
            if found and int(found[1]) > 0:
                self._interval = 60 / int(found[1])

    def wait(self) -> float:
        """Seconds until the next request may go out."""
        return max(0.0, self._last + self._interval - self._clock()) if self._interval else 0.0

    def sent(self) -> None:
        """A request goes out now."""
        self._last = self._clock()
