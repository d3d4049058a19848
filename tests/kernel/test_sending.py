"""What a user is told of what goes out with a question."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from kimi_jupyter.agent.conversation import Conversation
from kimi_jupyter.context import Context
from kimi_jupyter.kernel.runs import Runs
from kimi_jupyter.kernel.sending import Sending
from kimi_jupyter.kernel.session import Options
from kimi_jupyter.settings import Environment, Keys, Settings, resolve


class Asking:
    """A remote endpoint that is told of, not asked."""

    def __init__(self, **settings: str) -> None:
        self.settings = Settings(provider="openrouter", **settings)
        keys = Keys(Environment({"OPENROUTER_API_KEY": "or-key-0123456789"}))
        self.endpoint = resolve(self.settings, keys, offline=lambda: ("", ""))
        self.sending = Sending(SimpleNamespace(), self.settings, keys, Runs())
        self.conversation = Conversation("one")

    def told(self, **options: object) -> str:
        """What is told with the next question."""
        asked = Options(**options)  # type: ignore[arg-type]
        return "\n".join(self.sending.notices(self.endpoint, asked, Context(), self.conversation))


@pytest.mark.parametrize(
    ("detail", "words"), [("schema", "but no values"), ("stats", "but no rows"), ("sample", "up to three rows")]
)
def test_what_a_remote_endpoint_receives_is_told_once_and_by_detail(detail: str, words: str) -> None:
    asking = Asking(detail=detail)
    line = asking.told()
    assert line.startswith("OpenRouter receives the question, nearby cells")
    assert words in line
    assert f"(detail {detail})" in line
    for how in ("%kimi context", "%kimi detail", "--no-context", "Results of code"):
        assert how in line
    assert asking.told() == ""


def test_a_cap_is_told_with_it() -> None:
    line = Asking(detail_cap="stats").told(detail="sample")
    assert "(detail stats, more than stats is not allowed here)" in line
    assert "Sent with detail stats: more is not allowed here (detail_cap)." in line


def test_without_a_context_nothing_is_told_and_the_next_question_tells() -> None:
    asking = Asking()
    assert asking.told(context=False) == ""
    assert "receives" in asking.told()
