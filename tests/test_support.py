"""What the other tests rest on holds: nothing gets out, no key gets in, and a kernel is the one that was asked for."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from pathlib import Path

import pytest

from tests.support.isolation import OutsideConnection, OutsideWatch, clean_environment
from tests.support.kernels import RELEASES, Execution, kernel, python_with


@pytest.fixture
def only_this_machine() -> None:
    """Here the refusals are what is tested."""


def test_a_connection_to_another_machine_is_refused() -> None:
    with socket.socket() as probe, pytest.raises(OutsideConnection, match=r"192\.0\.2\.1"):
        probe.connect(("192.0.2.1", 80))


def test_a_connection_made_by_asyncio_is_refused() -> None:
    async def connect() -> None:
        await asyncio.open_connection("192.0.2.1", 80)

    with pytest.raises(OutsideConnection):
        asyncio.run(connect())


def test_a_name_of_another_machine_is_not_looked_up() -> None:
    with pytest.raises(OutsideConnection, match="moonshot"):
        socket.getaddrinfo("api.moonshot.ai", 443)


def test_an_attempt_is_remembered_where_the_code_swallows_the_refusal(outside: OutsideWatch) -> None:
    with socket.socket() as probe, contextlib.suppress(Exception):
        probe.connect(("192.0.2.7", 80))
    assert outside.attempts[-1] == "socket.connect 192.0.2.7"


def test_this_machine_can_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


def test_keys_proxies_and_settings_are_taken_away(tmp_path: Path) -> None:
    secret = {
        "MOONSHOT_API_KEY": "k",
        "KIMI_API_KEY": "k",
        "KIMI_JUPYTER_APPROVE": "auto",
        "OPENROUTER_API_KEY": "k",
        "HF_TOKEN": "k",
        "COMETAPI_KEY": "k",
        "DASHSCOPE_API_KEY": "k",
        "AWS_SECRET_ACCESS_KEY": "k",
        "https_proxy": "http://proxy",
        "JUPYTER_PATH": "/elsewhere",
    }
    kept = clean_environment(tmp_path, {**secret, "PATH": "/bin", "LANG": "C.UTF-8"})
    assert not secret.keys() & kept.keys()
    assert kept["PATH"] == "/bin"
    assert Path(kept["JUPYTER_DATA_DIR"]).is_relative_to(tmp_path)


def test_a_test_has_a_home_of_its_own(home: Path) -> None:
    assert Path.home() == home
    assert not [name for name in os.environ if name.endswith("_API_KEY")]


@pytest.mark.kernel
@pytest.mark.parametrize("release", RELEASES)
def test_a_kernel_of_the_matrix_runs_answers_and_is_interrupted(release: str, tmp_path: Path) -> None:
    with kernel(tmp_path, python_with(release)) as running:
        version = running.execute("import ipykernel; ipykernel.__version__").data("text/plain")[0].strip("'")
        assert release == "newest" or version.startswith(release.rstrip("*"))

        asked = running.execute("name = input('who? ')\nprint('hello', name)", ["Ada"])
        assert (asked.prompts, asked.text) == (["who? "], "hello Ada\n")
        assert running.value("name") == "Ada"

        def interrupt(execution: Execution) -> None:
            if execution.text == "go\n":
                running.interrupt()

        stopped = running.execute("print('go', flush=True)\nwhile True: pass", on_output=interrupt)
        assert stopped.reply["status"] == "error"
        assert stopped.reply["ename"] == "KeyboardInterrupt"


@pytest.mark.kernel
def test_a_display_that_is_updated_is_seen_as_a_front_end_shows_it(tmp_path: Path) -> None:
    with kernel(tmp_path) as running:
        shown = running.execute(
            "h = display({'text/plain': '1'}, raw=True, display_id=True)\nh.update({'text/plain': '2'}, raw=True)"
        )
    assert shown.data("text/plain") == ["2"]
