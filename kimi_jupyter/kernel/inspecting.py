"""The tool ``inspect``: what the model asks of the kernel's values, under the user's terms."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from ..context.look import Look, look
from ..context.terms import Detail, Terms

__all__ = ["inspect_value"]

#: Tokens and seconds of one look.
_TOKENS, _SECONDS = 2_000, 1.0


def inspect_value(
    namespace: Mapping[str, object],
    detail: Detail,
    name: str,
    by: str | Sequence[str] = (),
    columns: Sequence[str] = (),
    rows: str = "",
    join: str = "",
    *,
    secrets: Sequence[str] = (),
    hide: Sequence[str] = (),
) -> str:
    """What a call of the tool is answered; see :data:`~kimi_jupyter.agent.tools.INSPECT` for its arguments.

    Parameters
    ----------
    namespace
        The user's variables.
    detail
        How much of a value may be told: looking closer must not tell more than was allowed.
    secrets, hide
        Texts, and kinds of personal data, that must not appear.

    Returns
    -------
    str
        The description, or in one line what there is instead.
    """
    terms = Terms(_TOKENS, detail, tuple(secrets), tuple(hide), deadline=time.monotonic() + _SECONDS)
    wanted = Look((by,) if isinstance(by, str) and by else tuple(by), tuple(columns), rows, join)
    return look(name, namespace, terms, wanted)
