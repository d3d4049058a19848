"""A kernel with the extension loaded, asking a scripted endpoint over real HTTP."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kimi_jupyter.offline.reply import Reply
from kimi_jupyter.offline.server import OfflineServer
from tests.support.isolation import clean_environment
from tests.support.kernels import Kernel, kernel

#: Loads the extension for turns in plain output, with questions on stdin.
PLAIN = "%load_ext kimi_jupyter\n%config KimiMagics.widget = False"


class Scripted:
    """A kernel and the endpoint it asks."""

    def __init__(self, live: Kernel, server: OfflineServer) -> None:
        self.kernel = live
        self.server = server

    def script(self, *steps: object) -> None:
        """What the endpoint does with the next requests: replies, faults, ``None`` for its own analyst."""
        self.before = len(self.server.requests)
        self.server.script(list(steps))

    @property
    def requests(self) -> list:
        """Questions to the endpoint since the script was set."""
        return [r for r in self.server.requests[self.before :] if r.path.endswith("/chat/completions")]

    def ask(self, question: str = "Compute it.", answers=(), *, options: str = "", **how: object):
        """Ask in a cell."""
        return self.kernel.execute(f"%%kimi {options}\n{question}", answers, **how)  # type: ignore[arg-type]

    def sent(self, number: int = -1) -> dict:
        """The body of a request."""
        return self.requests[number].body

    def told(self, number: int = -1) -> str:
        """What the model was told of its last call."""
        return self.sent(number)["messages"][-1]["content"]


def run(code: str, purpose: str = "compute it", reasoning: str = "Let me compute.") -> Reply:
    """A reply that wants to run code."""
    return Reply(reasoning, "", (("run_python", {"code": code, "purpose": purpose}),))


def say(text: str = "Done.", reasoning: str = "I know it.") -> Reply:
    """A reply that answers."""
    return Reply(reasoning, text)


def environment(place: Path, server: OfflineServer) -> dict[str, str]:
    """The environment of a kernel that asks this server."""
    return clean_environment(place) | {
        "KIMI_JUPYTER_BASE_URL": server.base_url,
        "KIMI_JUPYTER_API_KEY": server.key,
    }


@contextmanager
def beside(place: Path, python: Path = Path(sys.executable)) -> Iterator[Scripted]:
    """A kernel of a notebook ``analysis.ipynb``, for front ends of the sidebar."""
    (place / "analysis.ipynb").write_text("{}")
    with OfflineServer() as server:
        environ = environment(place, server) | {"JPY_SESSION_NAME": str(place / "analysis.ipynb")}
        with kernel(place, python, environ) as live:
            assert live.execute("%load_ext kimi_jupyter").reply["status"] == "ok"
            yield Scripted(live, server)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scripted]:
    place = tmp_path_factory.mktemp("kernel")
    with OfflineServer() as server, kernel(place, environ=environment(place, server)) as live:
        loaded = live.execute(PLAIN)
        assert loaded.reply["status"] == "ok", loaded.text
        yield Scripted(live, server)


@pytest.fixture
def kimi(running: Scripted) -> Scripted:
    """The module's kernel, in a new conversation and with an empty namespace."""
    running.kernel.execute("%reset -f\n%kimi new")
    running.script()
    return running
