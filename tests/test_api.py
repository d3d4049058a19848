"""Kimi from a script: the same engine in a plain process, code on the caller's thread, nothing allowed by default."""

from __future__ import annotations

import asyncio
import doctest
import subprocess
import sys
import textwrap
import threading
import time
from importlib import import_module

import pytest

import kimi_jupyter
from kimi_jupyter import Answer, Edit, KimiError, Session, aask, ask, tool
from kimi_jupyter.chat.events import CallProposed, TurnEnded
from kimi_jupyter.kernel import declared
from kimi_jupyter.offline.faults import Fault
from kimi_jupyter.offline.reply import Reply
from kimi_jupyter.offline.server import OfflineServer
from kimi_jupyter.settings import Settings
from kimi_jupyter.store import open_store


@pytest.fixture
def server(monkeypatch):
    with OfflineServer() as server:
        monkeypatch.setenv("KIMI_JUPYTER_BASE_URL", server.base_url)
        monkeypatch.setenv("KIMI_JUPYTER_API_KEY", server.key)
        yield server


def run(code):
    return Reply("", "", (("run_python", {"code": code}),))


def sent(server, number=-1):
    return server.requests[number].body["messages"]


def test_names_of_the_package_are_these():
    assert sorted(kimi_jupyter.__all__) == [
        "Answer",
        "Edit",
        "KimiError",
        "Session",
        "__version__",
        "aask",
        "ask",
        "load_ipython_extension",
        "tool",
        "unload_ipython_extension",
    ]
    assert all(hasattr(kimi_jupyter, name) for name in kimi_jupyter.__all__)


@pytest.mark.parametrize("module", ["kimi_jupyter", "kimi_jupyter.api.asking", "kimi_jupyter.api.session"])
def test_its_examples_run_as_printed(module):
    try:
        done = doctest.testmod(import_module(module))
    finally:
        declared._declared.clear()
    assert done.attempted >= 2
    assert done.failed == 0


def test_it_works_where_there_is_no_ipython_and_prints_nothing_of_its_own(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent("""\
        import sys

        sys.modules |= dict.fromkeys(["IPython", "ipykernel", "ipywidgets", "anywidget", "comm"])
        import pandas as pd
        from kimi_jupyter import ask

        sales = pd.DataFrame({"region": ["n", "s", "n"], "price": [1.0, 2.0, 4.0]})
        answer = ask("What is the mean price by region in sales?", sales, approve="auto")
        assert answer.complete and "2.5" in answer.text and [call.status for call in answer.calls] == ["ok"]
        refused = ask("What is the mean price by region in sales?", sales)
        assert [call.status for call in refused.calls] == ["denied"] and "approve='auto'" in refused.notices[-1]
        """)
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_code_runs_on_the_callers_thread_in_its_namespace_and_the_model_reads_its_output(server):
    server.script(
        [
            run("import threading\nran_in = threading.current_thread().name\nprint('seen', rows)\nlen(rows)"),
            Reply("", "3"),
        ]
    )
    rows, events, done = [1, 2, 3], [], {}
    namespace = {}

    def caller():
        done["answer"] = ask("How many?", rows, namespace=namespace, approve="auto", on_event=events.append)

    thread = threading.Thread(target=caller, name="the caller's")
    thread.start()
    thread.join(30)
    answer = done["answer"]
    assert (str(answer), answer.reason, namespace["ran_in"]) == ("3", "complete", "the caller's")
    assert namespace["rows"] is rows
    (call,) = answer.calls
    assert [output["output_type"] for output in call.outputs] == ["stream", "execute_result"]
    assert sent(server)[-1]["content"] == call.text == "seen [1, 2, 3]\n3"
    assert "rows" in sent(server, 0)[-1]["content"]
    assert events[-1] == TurnEnded("complete")
    assert sum(isinstance(event, TurnEnded) for event in events) == 1


@pytest.mark.parametrize(
    ("said", "value", "told"),
    [
        (True, 1, "(it ran without output)"),
        (Edit("x = 2"), 2, "The user edited the code."),
        ("use y", None, "saying: use y"),
        (False, None, "gave no reason"),
        (None, None, "gave no reason"),
        (1, None, "gave no reason"),
        ("True", None, "saying: True"),
        (Edit("x ="), None, "could not run"),
    ],
)
def test_only_an_exact_yes_or_an_edit_runs_code(server, said, value, told):
    server.script([run("x = 1"), Reply("", "Done.")])
    proposals, namespace = [], {}

    def approve(proposal):
        proposals.append(proposal)
        return said

    answer = ask("Set x.", namespace=namespace, approve=approve)
    assert namespace.get("x") == value
    assert told in sent(server)[-1]["content"]
    assert isinstance(proposals[0], CallProposed)
    assert (proposals[0].code, proposals[0].effects) == ("x = 1", {"creates": ["x"]})
    assert answer.complete


def test_a_session_remembers_and_goes_on_after_an_error_of_the_callers_own(server):
    server.script(
        [Reply("", "First."), run("x = 1"), Reply("", "Second."), Fault("http", status=401), Reply("", "Third.")]
    )
    with Session(approve=lambda proposal: 1 / 0) as session:
        assert session.ask("One?").text == "First."
        with pytest.raises(ZeroDivisionError):
            session.ask("Two?")
        assert "x" not in session.namespace
        assert session.ask("Two again?").text == "Second."
        assert [message["role"] for message in sent(server)][:4] == ["system", "user", "assistant", "user"]
        with pytest.raises(KimiError, match="key"):
            session.ask("Three?")
        assert session.ask("Three again?").text == "Third."
        assert session.usage.prompt > 0
    store, _ = open_store()
    try:
        (conversation,) = store.conversations()
        assert store.turns(conversation.id)[0].reason == "complete"
    finally:
        store.close()


def test_errors_time_and_awaiting_code_are_told_as_in_a_notebook(server):
    steps = [
        "1 / 0",
        "import asyncio\nawait asyncio.sleep(0, 'woken')",
        "input()",
        "while True: pass",
        "import sys; sys.exit(3)",
    ]
    server.script([*map(run, steps), Reply("", "Done.")])
    answer = ask("Go.", approve="auto", settings=Settings(base_url=server.base_url, code_seconds=1.0))
    told = [call.text for call in answer.calls]
    assert [call.status for call in answer.calls] == ["error", "ok", "error", "error", "error"]
    assert told[0].splitlines()[1:] == [
        '  File "<this code>", line 1, in <module>',
        "    1 / 0",
        "ZeroDivisionError: division by zero",
    ]
    assert told[1] == "'woken'"
    assert "not available here" in told[2]
    assert "Interrupted after 1 s" in told[3]
    assert "SystemExit: 3" in told[4]


def test_several_are_asked_at_once_on_one_loop_and_one_that_is_cancelled_ends_alone(server):
    async def main(stuck):
        slow = asyncio.create_task(aask("Slow?", settings=Settings(base_url=stuck.base_url)))
        numbers = [5, 6, 7]
        answers = await asyncio.gather(*(aask("What is numbers?", numbers) for _ in range(2)))
        slow.cancel()
        started = time.monotonic()
        with pytest.raises(asyncio.CancelledError):
            await slow
        return answers, time.monotonic() - started

    with OfflineServer(key=server.key, script=[Fault("slow_first_byte", seconds=30)]) as stuck:
        answers, seconds = asyncio.run(main(stuck))
    assert all(isinstance(answer, Answer) and answer.complete for answer in answers)
    assert seconds < 2


def test_awaiting_code_runs_on_the_loop_that_asks(server):
    server.script(
        [run("import asyncio\nloop = asyncio.get_running_loop()\nawait asyncio.sleep(0)"), Reply("", "Done.")]
    )
    namespace = {}

    async def main():
        await aask("Go.", namespace=namespace, approve="auto")
        return namespace["loop"] is asyncio.get_running_loop()

    assert asyncio.run(main())


def test_it_waits_within_a_running_loop_too_as_in_a_notebooks_cell(server):
    server.script([run("x = 1"), run("import asyncio\nawait asyncio.sleep(0.01)"), Reply("", "Done.")])
    namespace = {}

    async def main():
        return ask("Go.", namespace=namespace, approve="auto")

    answer = asyncio.run(main())
    assert (answer.text, namespace["x"]) == ("Done.", 1)
    assert [call.status for call in answer.calls] == ["ok", "error"]
    assert "top-level await" in answer.calls[1].text


def test_tools_are_called_on_this_thread_and_those_that_only_read_are_not_asked_for(server):
    calls = []

    @tool(read_only=True)
    def rate(currency: str) -> float:
        """Dollars for one unit."""
        calls.append((currency, threading.current_thread()))
        return 1.5

    def book(amount: float) -> str:
        """Book an amount."""
        calls.append(amount)
        return "booked"

    try:
        wanted = Reply("", "", (("rate", {"currency": "EUR"}), ("book", {"amount": 2.0})))
        server.script([wanted, Reply("", "Done.")])
        answer = ask("Book it.", tools=[rate, book])
    finally:
        declared._declared.clear()
    assert answer.calls[0].text == "1.5"
    assert [call.status for call in answer.calls] == ["ok", "denied"]
    assert calls == [("EUR", threading.current_thread())]


def test_ctrl_c_ends_the_question_and_the_session_goes_on(server, tmp_path):
    server.script([Fault("slow_first_byte", seconds=30), Reply("", "After.")])
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent("""\
        import os, signal, threading
        from kimi_jupyter import Session

        with Session() as session:
            threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start()
            try:
                session.ask("Slow?")
            except KeyboardInterrupt:
                print(session.ask("Again?"))
        """)
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("After.\n", "")


def test_mistakes_are_said_in_one_line(server, monkeypatch):
    for mistake, said in [
        ({"approve": "ask"}, "'auto', 'never'"),
        ({"approve": 3}, "a function that decides"),
        ({"provider": "nowhere"}, "nowhere"),
        ({"tools": [3]}, "function"),
    ]:
        with pytest.raises(KimiError, match=said):
            ask("Anything?", **mistake)
    with pytest.raises(KimiError, match="no question"):
        ask("  ")
    monkeypatch.setenv("KIMI_JUPYTER_APPROVE", "perhaps")
    with pytest.raises(KimiError, match="perhaps"):
        ask("Anything?")
