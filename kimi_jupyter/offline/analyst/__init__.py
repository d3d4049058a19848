"""The offline endpoint's analyst: rules that plan, write code, read its result and report it.

It is no language model and says so in every answer. It stands between the server and nothing else: a request goes in, a
reply comes out, and nothing is remembered in between; where it is in its work it reads from the conversation. Must not
import a data library: it writes code that does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..reply import Reply

__all__ = ["respond"]


def respond(body: dict[str, Any]) -> Reply:
    """The reply to a chat-completions request.

    Parameters
    ----------
    body
        The request's JSON object, from any client: ``messages``, and ``tools`` of which one may take ``code``.

    Returns
    -------
    Reply
        A call of that tool with the next piece of code, or the answer. The same request gives the same reply.
    """
    from .reply import reply_to  # the rules are loaded with the first question, not with the server

    return reply_to(body)
