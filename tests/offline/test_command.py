"""``kimi-jupyter serve`` as a process."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import openai
import pytest

from kimi_jupyter import _version

COMMAND = [sys.executable, "-m", "kimi_jupyter"]


@contextmanager
def serving(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The running process and what it printed."""
    process = subprocess.Popen([*COMMAND, "serve", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        printed = ""
        while "Ctrl-C" not in printed:
            line = process.stdout.readline() if process.stdout else ""
            assert line, process.communicate()
            printed += line
        yield process, printed
    finally:
        process.kill()
        process.communicate()


def run(*arguments: str) -> tuple[int, str, str]:
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=30, check=False)
    return done.returncode, done.stdout, done.stderr


def test_serve_prints_address_and_key_answers_and_stops_on_ctrl_c() -> None:
    with serving() as (process, printed):
        url = re.search(r"base URL: (\S+)", printed)
        key = re.search(r"key: +(sk-offline-\w+)", printed)
        assert url
        assert key
        with openai.OpenAI(base_url=url[1], api_key=key[1], max_retries=0) as sdk:
            assert "kimi-k2-thinking" in [model.id for model in sdk.models.list()]
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=10)
        assert (process.returncode, rest.strip(), errors) == (0, "", "")


def test_a_key_that_was_given_is_not_printed_and_a_taken_port_is_one_line() -> None:
    with serving("--key", "sk-mine", "--dialect", "vllm", "--delay", "0.01") as (_, printed):
        assert "sk-" not in printed
        port = re.search(r":(\d+)/v1", printed)
        assert port
        status, out, err = run("serve", "--port", port[1])
        line = f"kimi-jupyter: port {port[1]} is in use; choose another with --port, or leave it out for a free one\n"
        assert (status, out, err) == (2, "", line)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ([], "COMMAND"),
        (["frob"], "invalid choice: 'frob'"),
        (["serve", "--port", "x"], "'x' is no port"),
        (["serve", "--port", "70000"], "'70000' is no port"),
        (["serve", "--delay", "-1"], "'-1' is no pause"),
        (["serve", "--dialect", "klingon"], "'klingon' is no dialect; there are moonshot"),
        (["serve", "--key", ""], "a key is printable ASCII"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(arguments: list[str], word: str) -> None:
    status, out, err = run(*arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("kimi-jupyter: ")
    assert word in err


def test_version() -> None:
    assert run("--version") == (0, f"kimi-jupyter {_version.__version__}\n", "")
