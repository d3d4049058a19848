"""The sidebar's end in real kernels, driven as a page does: by messages, and by running what it is asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kimi_jupyter.offline.server import OfflineServer
from tests.kernel.conftest import Scripted, environment, run, say
from tests.support.kernels import RELEASES, kernel, python_with
from tests.support.sidebar import Browser, Page

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(120)]


@pytest.fixture(scope="module", params=[release for release in RELEASES if not release.startswith("6.")])
def living(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scripted]:
    place = tmp_path_factory.mktemp("kernel")
    with OfflineServer() as server, kernel(place, python_with(request.param), environment(place, server)) as live:
        assert live.execute("%load_ext kimi_jupyter").reply["status"] == "ok"
        yield Scripted(live, server)


@pytest.fixture
def kimi(living: Scripted) -> Scripted:
    living.kernel.execute("%reset -f\n%kimi new")
    living.script()
    return living


@pytest.fixture
def browser(kimi: Scripted) -> Iterator[Browser]:
    made = Browser(kimi.kernel)
    yield made
    for page in list(made.pages.values()):
        page.drop()


def test_a_question_is_streamed_decided_and_run_as_a_cell(kimi, browser):
    page = Page(browser)
    page.cell("x = 41")
    kimi.script(run("x = 41\nprint('x is', x)"), say("It is 41."))
    turn = page.ask("What is x?")
    assert page.ended(turn) == "complete"
    assert page.said(turn) == "It is 41."
    assert kimi.kernel.value("x") == 41
    assert kimi.told(-1) == "x is 41"
    assert [cell["source"] for cell in page.cells] == ["x = 41", "x = 41\nprint('x is', x)"]
    assert page.gaps == 0
