"""What docs/scaling.md and the self-hosting example say to set, set in real files, environments and kernels."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from traitlets.config import Config

from kimi_jupyter.__main__ import main
from kimi_jupyter.offline.server import OfflineServer
from kimi_jupyter.providers import find_provider
from kimi_jupyter.settings import Keys, Settings, resolve
from tests.kernel.conftest import PLAIN, Scripted, run, say
from tests.support.isolation import clean_environment
from tests.support.kernels import kernel

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")
SELF_HOSTING = "\n".join(
    cell.source
    for cell in nbformat.read(ROOT / "example_notebooks" / "10_self_hosting.ipynb", as_version=4).cells
    if cell.cell_type == "markdown"
)
KEY = "sk-canary-of-ann-0123456789"


def block(text: str, word: str) -> str:
    """The block of code in a text that holds a word."""
    return next(code for code in re.findall(r"```\w+\n(.*?)```", text, re.DOTALL) if word in code)


def spawned(name: str, keys: Path) -> dict[str, str]:
    """The variables that the guide's JupyterHub gives a user."""
    code = block(GUIDE, "c.Spawner").replace("/srv/keys", str(keys))
    config = Config()
    exec(code, {"c": config})
    spawner = SimpleNamespace(user=SimpleNamespace(name=name))
    return {key: value(spawner) if callable(value) else value for key, value in config.Spawner.environment.items()}


@pytest.mark.kernel
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # the guide's line is short on purpose
def test_a_hubs_file_is_for_everybody_and_a_user_goes_beyond_it_only_where_they_may(tmp_path: Path) -> None:
    system, user, keys = tmp_path / "etc", tmp_path / "user", tmp_path / "keys"
    for folder in (system, user, keys):
        folder.mkdir()
    (keys / "ann").write_text(f"{KEY}\n")
    with OfflineServer(key=KEY, dialect="vllm") as endpoint:
        file = block(GUIDE, "jupyter_kimi_config.py").replace("http://gpu-box.lan:8000/v1", endpoint.base_url)
        (system / "jupyter_kimi_config.py").write_text(file.replace("day_steps = 1000", "day_steps = 3"))
        (user / "jupyter_kimi_config.py").write_text(
            "c.KimiMagics.detail_cap = 'sample'\nc.KimiMagics.max_steps = 7\nc.KimiMagics.widget = False"
        )
        environ = clean_environment(tmp_path) | spawned("ann", keys)
        below = {"JUPYTER_CONFIG_PATH": f"{user}{os.pathsep}{system}"}  # in the order of ``jupyter --paths``
        above = {"JUPYTER_CONFIG_PATH": str(system), "JUPYTER_CONFIG_DIR": str(user)}

        @contextmanager
        def one(place: str, configured: dict[str, str]) -> Iterator[Scripted]:
            (tmp_path / place).mkdir()
            with kernel(tmp_path / place, environ=environ | configured) as live:
                assert live.execute(PLAIN).reply["status"] == "ok"
                live.execute("import pandas as pd\nt = pd.DataFrame({'name': ['canary-one', 'canary-two']})")
                yield Scripted(live, endpoint)

        with one("first", below) as first, one("second", above) as second:
            status = first.kernel.execute("%kimi").text
            assert f"vLLM (vllm), {endpoint.base_url}" in status
            assert "VLLM_API_KEY in the environment" in status
            assert KEY not in status
            steps = [one.kernel.execute("%config KimiMagics.max_steps").text.strip() for one in (first, second)]
            assert steps == ["7", "100"]  # a user's own file counts, unless JUPYTER_CONFIG_PATH names the other
            first.script(run("x = 1"), say())
            done = first.ask("What is in t?", ["y"], options="--cells 0 --detail sample")
            assert "Done." in done.text
            assert "canary" not in str(first.sent(0)["messages"])
            assert "more is not allowed here (detail_cap)" in done.text
            assert "can be lowered, not raised" in first.kernel.execute("%config KimiMagics.detail_cap = 'sample'").text
            second.script(run("x = 2"), say())  # the third request of the day, and one more that has to be asked for
            other = second.ask("And now?", ["y", "n"])
            assert len(second.requests) == 1
            assert "today" in other.text, (other.prompts, other.text)
            second.kernel.execute("import os\nos.environ['KIMI_JUPYTER_DETAIL_CAP'] = 'sample'")
            assert "More is not allowed here" in second.kernel.execute("%kimi detail sample").text
    stores = [*tmp_path.rglob("conversations.sqlite3")]
    assert len(stores) == 1
    assert stores[0].stat().st_mode & 0o077 == 0


def test_what_the_self_hosting_example_says_is_understood() -> None:
    for name, url in re.findall(r"%kimi provider (\S+) (\S+)", SELF_HOSTING):
        row = find_provider(name)
        assert url == row.base_url
        command = block(SELF_HOSTING, {"vllm": "vllm serve", "sglang": "sglang.launch_server"}[name])
        for flag in re.findall(r"--\S+(?: kimi_k2)?", row.note):
            assert flag.rstrip(".") in command
        assert row.models["kimi-k2-thinking"] in shlex.split(command.replace("\\\n", " "))
    for text in (SELF_HOSTING, GUIDE):
        config = Config()
        exec(block(text, "c.KimiMagics.provider"), {"c": config})
        settings = Settings(**config.KimiMagics)
        found = resolve(settings, Keys({"VLLM_API_KEY": KEY}), offline=lambda: ("", ""))
        assert (found.base_url, found.model_id) == ("http://gpu-box.lan:8000/v1", "moonshotai/Kimi-K2-Thinking")
        assert found.key.reveal() == KEY
    named = Settings(provider="vllm", model="kimi-at-home")
    assert resolve(named, Keys({}), offline=lambda: ("", "")).model_id == "kimi-at-home"


def test_the_doctor_of_the_self_hosting_example_finds_a_server_that_came_up_right(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in clean_environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    command = block(SELF_HOSTING, "kimi-jupyter doctor").replace("--probes 20", "--probes 1")
    with OfflineServer(key=KEY, dialect="vllm") as server:
        monkeypatch.setenv("VLLM_API_KEY", KEY)
        code = main([*shlex.split(command)[1:], "--base-url", server.base_url])
    assert code == 0, capsys.readouterr().out


def test_the_links_of_the_guide_lead_somewhere() -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", GUIDE):
        assert "://" in link or (ROOT / "docs" / link).exists(), link
    assert all((ROOT / path).exists() for path in re.findall(r"`(tests/[\w/]+\.py)`", GUIDE))
