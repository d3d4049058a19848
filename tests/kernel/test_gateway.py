"""A kernel on another server: a gateway has it, the page's own server only hands messages on (docs/scaling.md)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from kimi_jupyter.offline.server import OfflineServer
from kimi_jupyter.store import default_path
from tests.kernel.conftest import PLAIN, Scripted, run, say
from tests.support.remote import remote_kernel, running_server
from tests.support.sidebar import Browser, Page

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def afar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """The kernel, the endpoint that only its own side knows the key of, and the homes of both sides."""
    place = tmp_path_factory.mktemp("gateway")
    with OfflineServer() as endpoint:
        there = {"KIMI_JUPYTER_BASE_URL": endpoint.base_url, "KIMI_JUPYTER_API_KEY": endpoint.key}
        with running_server(place / "remote", there) as gateway:
            here = {"JUPYTER_GATEWAY_URL": gateway.url, "JUPYTER_GATEWAY_AUTH_TOKEN": gateway.token}
            with running_server(place / "local", here) as server, remote_kernel(server, "analysis.ipynb") as live:
                assert live.execute(PLAIN).reply["status"] == "ok"
                yield SimpleNamespace(kimi=Scripted(live, endpoint), gateway=gateway, server=server)


def test_ker_21_a_cell_streams_and_its_code_is_approved_on_the_input_line(afar: SimpleNamespace) -> None:
    kimi, shown = afar.kimi, []
    kimi.server.delay = 0.01
    kimi.script(
        run("where = __import__('os').getcwd()\nprint('computed')", reasoning="Let me see. " * 20), say("It is.")
    )
    turn = kimi.ask(answers=["y"], on_output=lambda execution: shown.append(execution.text))
    kimi.server.delay = 0.0
    assert [prompt for prompt in turn.prompts if "Run" in prompt]
    assert "It is." in turn.text
    assert len({text for text in shown if "computed" not in text}) > 3, "the reasoning came in one piece"
    assert kimi.kernel.value("where") == str(afar.gateway.home)
    kimi.script(run("where = 'refused'"), say())
    kimi.ask(answers=["n", "not now"])
    assert kimi.kernel.value("where") == str(afar.gateway.home)


def test_ker_21_the_sidebar_decides_and_runs_a_cell_through_the_gateway(afar: SimpleNamespace) -> None:
    kimi, browser = afar.kimi, Browser(afar.kimi.kernel)
    page = Page(browser)
    kimi.script(run("answer = 6 * 7\nprint(answer)"), say("It is 42."))
    turn = page.ask("What is six times seven?")
    assert (page.ended(turn), page.said(turn)) == ("complete", "It is 42.")
    assert [event.by for event in page.events(turn, "Decided")] == ["user"]
    assert page.cells[0]["source"] == "answer = 6 * 7\nprint(answer)"
    assert kimi.kernel.value("answer") == 42
    assert page.gaps == 0
    browser.idle()
    page.drop()


def test_ker_21_a_cell_is_of_the_notebook_that_is_set_since_a_gateway_does_not_tell(afar: SimpleNamespace) -> None:
    kimi, named = afar.kimi, "%config KimiMagics.notebook = 'analysis.ipynb'"
    assert kimi.kernel.value("__import__('os').environ.get('JPY_SESSION_NAME')") is None
    kimi.kernel.execute(f"{named}\n%kimi new")
    kimi.script(say("Noted."))
    kimi.ask("Remember the word canary-word.")
    kimi.kernel.restart()
    assert kimi.kernel.execute(f"{PLAIN}\n{named}").reply["status"] == "ok"
    kimi.script(say("Again."))
    kimi.ask("Which word?")
    assert "canary-word" in str(kimi.sent()["messages"])


def test_ker_21_conversations_and_the_key_are_on_the_kernels_side_only(
    afar: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = Path("jupyter", "data")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(afar.gateway.home / data))
    assert default_path().is_relative_to(afar.gateway.home)
    assert default_path().stat().st_size > 0
    assert list((afar.server.home / data).rglob("*.sqlite3*")) == []
    key = afar.kimi.server.key.encode()
    files = [file for file in afar.server.home.parent.rglob("*") if file.is_file()]
    assert [file.name for file in files if key in file.read_bytes()] == []
