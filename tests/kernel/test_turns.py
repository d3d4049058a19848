"""Whole turns in a real kernel: ask, approve, run, answer."""

from __future__ import annotations

import json
import re
import threading
import time

import pytest

from kimi_jupyter.offline.faults import Fault
from tests.kernel.conftest import run, say

pytestmark = pytest.mark.kernel


def test_yes_runs_exactly_what_was_shown_and_the_answer_stays(kimi):
    kimi.script(run("x = 6 * 7\nprint('x is', x)"), say("It is **42**."))
    done = kimi.ask("What is it?", ["y"])
    assert done.reply["status"] == "ok"
    assert len(done.prompts) == 1
    assert kimi.kernel.value("x") == 42
    assert done.data("text/markdown")[-1] == "It is **42**."
    assert "x is 42" in [o["text"].strip() for o in done.outputs if o["output_type"] == "stream"]
    assert "x = 6 * 7" in done.text
    assert kimi.told() == "x is 42"


def test_reasoning_is_kept_beside_the_output(kimi):
    kimi.script(say("Yes.", reasoning="First I wonder. Then I know."))
    done = kimi.ask("Really?")
    assert any("First I wonder. Then I know." in html for html in done.data("text/html"))


def test_edit_runs_the_users_code_and_the_model_is_told(kimi):
    kimi.script(run("x = 1"), say())
    kimi.ask(answers=["e", "x = 99"])
    assert kimi.kernel.value("x") == 99
    assert "edited" in kimi.told()
    assert "x = 99" in kimi.told()


def test_edit_of_several_lines(kimi):
    kimi.script(run("x = 1"), say())
    kimi.ask(answers=["edit", "for x in range(4):", "    y = x", ""])
    assert kimi.kernel.value("(x, y)") == (3, 3)


def test_edit_to_nothing_puts_the_code_into_a_cell_below(kimi):
    kimi.script(run("x = 1"), say())
    done = kimi.ask(answers=["e", ""])
    assert [p["text"] for p in done.reply["payload"] if p["source"] == "set_next_input"] == ["x = 1"]
    assert kimi.kernel.value("'x' in globals()") is False


def test_an_edit_that_cannot_run_is_asked_about_again(kimi):
    kimi.script(run("x = 1"), say())
    done = kimi.ask(answers=["e", "x = = 2", "n"])
    assert "can't run" in done.text
    assert kimi.kernel.value("'x' in globals()") is False


@pytest.mark.parametrize("answer", ["n", "no, the file is huge", "N"])
def test_no_runs_nothing_and_the_reason_reaches_the_model(kimi, answer):
    kimi.script(run("x = 1"), say("Then not."))
    done = kimi.ask(answers=[answer])
    assert done.reply["status"] == "ok"
    assert kimi.kernel.value("'x' in globals()") is False
    assert "refused" in kimi.told()
    assert ("the file is huge" in kimi.told()) == ("huge" in answer)


@pytest.mark.parametrize("answers", [["", "maybe", "yes please"], ["Y E S", "1", "ok"]])
def test_what_is_no_exact_yes_is_a_no(kimi, answers):
    kimi.script(run("x = 1"), say())
    kimi.ask(answers=answers)
    assert kimi.kernel.value("'x' in globals()") is False


def test_rest_is_asked_once_in_this_turn_and_again_in_the_next(kimi):
    kimi.script(run("x = 1"), run("x += 1"), say(), run("x += 1"), say())
    assert len(kimi.ask(answers=["a"]).prompts) == 1
    assert kimi.kernel.value("x") == 2
    assert len(kimi.ask(answers=["n"]).prompts) == 1
    assert kimi.kernel.value("x") == 2


def test_without_stdin_it_is_refused_at_once_and_says_how_to_allow(kimi):
    kimi.script(run("x = 1"), say("I could not."))
    started = time.monotonic()
    done = kimi.ask(options="--rerun always", stdin=False)
    assert time.monotonic() - started < 2
    assert "--approve auto" in kimi.told()
    assert "--approve auto" in done.text + "".join(done.data("text/html"))
    assert kimi.kernel.value("'x' in globals()") is False


def test_approve_auto_and_never(kimi):
    kimi.script(run("x = 1"), say(), run("x = 2"), say())
    auto = kimi.ask(options="--approve auto --rerun always", stdin=False)
    assert kimi.kernel.value("x") == 1
    assert "without asking" in auto.text + "".join(auto.data("text/html"))
    assert kimi.ask(options="--approve never").prompts == []
    assert kimi.kernel.value("x") == 1


def test_three_refusals_in_a_row_pause_the_turn(kimi):
    kimi.script(*[run(f"x = {n}") for n in range(9)])
    done = kimi.ask(answers=["n", "n", "n"])
    assert len(done.prompts) == 3
    assert "refusals" in done.text + "".join(done.data("text/html"))


def test_outputs_appear_as_from_a_cell_of_ones_own(kimi):
    code = """import sys
from IPython.display import HTML
print('out')
print('err', file=sys.stderr)
display(HTML('<b>hi</b>'))
[1, 2]"""
    kimi.script(run(code), say())
    done = kimi.ask(answers=["y"])
    kinds = [(o["output_type"], o.get("name")) for o in done.outputs]
    assert ("stream", "stdout") in kinds
    assert ("stream", "stderr") in kinds
    assert "<b>hi</b>" in done.data("text/html")
    assert [o["data"]["text/plain"] for o in done.outputs if o["output_type"] == "execute_result"] == ["[1, 2]"]
    assert kimi.told().splitlines()[:2] == ["out", "err"]
    assert kimi.told().endswith("[1, 2]")


def test_a_plot_appears_and_goes_to_the_model_in_words(kimi):
    code = """import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.plot([1, 2, 3], [2, 4, 9], label='growth')
ax.set_title('Sizes')
ax.set_yscale('log')
ax.legend()
plt.show()"""
    kimi.kernel.execute("%matplotlib inline")
    kimi.script(run(code), say())
    done = kimi.ask(answers=["y"])
    assert len(done.data("image/png")) == 1
    assert "'Sizes'" in kimi.told()
    assert "log scale" in kimi.told()
    assert "'growth'" in kimi.told()
    assert "2 … 9" in kimi.told()
    assert "rising" in kimi.told()


def test_code_cannot_clear_what_was_asked_and_allowed(kimi):
    code = "from IPython.display import clear_output\nfor i in range(3):\n    clear_output()\n    print('part', i)"
    kimi.script(run(code), say("Cleared."))
    done = kimi.ask(answers=["y"])
    assert "clear_output" in "".join(done.data("text/html"))
    assert "Let me compute." in "".join(done.data("text/html"))
    assert kimi.told().splitlines() == ["part 0", "part 1", "part 2"]


def test_ker_15_code_that_sets_the_displayhook_does_not_fail_the_cell_around_it(kimi):
    kimi.script(run("import sys\nsys.displayhook = lambda value: 1 / 0\nx = 5"), say("Done."))
    assert kimi.ask(answers=["y"]).reply["status"] == "ok"
    assert kimi.kernel.execute("x + 1").text.strip() == "6"


def test_an_exception_is_shown_and_told_in_short(kimi):
    kimi.script(run("def f(d):\n    return d['price']\nf({})"), run("y = 2"), say())
    done = kimi.ask(answers=["y", "y"])
    assert done.reply["status"] == "ok"
    assert any(o["output_type"] == "error" and o["ename"] == "KeyError" for o in done.outputs)
    told = kimi.sent(1)["messages"][-1]["content"]
    assert told.startswith("Traceback")
    assert told.endswith("KeyError: 'price'")
    assert "interactiveshell" not in told
    assert "\x1b" not in told


def test_a_figure_that_waits_is_told_of_once_and_again_when_it_has_changed(kimi):
    figure = "import matplotlib\nmatplotlib.use('agg')\nfrom matplotlib import pyplot as p\np.plot([1, 2])\n1"
    kimi.script(run(figure), run("2"), run("p.title('New')\n3"), run("p.close('all')"), say())
    kimi.ask(answers=["a"])
    told = [m["content"] for m in kimi.sent()["messages"] if m["role"] == "tool"]
    assert [text.count("[figure]") for text in told] == [1, 0, 1, 0]
    assert "'New'" in told[2]


def test_a_result_that_cannot_be_shown_does_not_fail_this_question_or_the_next(kimi):
    hidden = "class Hidden:\n    def __repr__(self):\n        raise ValueError('hidden')\nHidden()"
    kimi.script(run(hidden), say("One."), say("Two."), say("Three."))
    assert kimi.ask(answers=["y"]).reply["status"] == "ok"
    assert kimi.ask().reply["status"] == "ok"
    kimi.kernel.execute("Hidden()")
    assert kimi.ask().reply["status"] == "ok"


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import sys\nsys.stdout = sys.stderr = None", "without output"),
        (
            "class M(type):\n    def __getattribute__(cls, name): 1/0\nclass E(OSError, metaclass=M): pass\nraise E",
            "Traceback",
        ),
    ],
    ids=["no streams", "no name"],
)
def test_odd_code_costs_neither_the_turn_nor_the_kernel(kimi, code, told):
    kimi.script(run(code), say("Fine."))
    assert kimi.ask(answers=["y"], timeout=20).data("text/markdown")[-1] == "Fine."
    assert told in kimi.told()
    assert kimi.kernel.execute("print('lives')").text == "lives\n"


def test_the_extension_stays_while_it_answers(kimi):
    kimi.script(run("get_ipython().run_line_magic('reload_ext', 'kimi_jupyter')"), say("Here."))
    assert kimi.ask(answers=["y"]).data("text/markdown")[-1] == "Here."
    assert "when it is done" in kimi.told()


def test_long_output_goes_to_the_model_head_and_tail(kimi):
    kimi.script(run("for i in range(50_000): print('line', i)"), say())
    kimi.ask(answers=["y"])
    told = kimi.told()
    assert len(told.encode()) <= 33_000
    assert "line 0\n" in told
    assert "line 49999" in told
    assert "left out" in told


def test_top_level_await_runs_in_the_kernels_loop(kimi):
    kimi.script(run("import asyncio\nawait asyncio.sleep(0.01)\nx = 5"), say())
    kimi.ask(answers=["y"])
    assert kimi.kernel.value("x") == 5


def test_ker_14_code_may_not_ask_the_user_for_anything(kimi):
    kimi.script(run("x = input('password? ')"), say())
    done = kimi.ask(answers=["y"])
    assert len(done.prompts) == 1
    assert "not available here" in kimi.told()


@pytest.mark.parametrize(
    "code", ["x = 1\rx = 2", "x = 'a\u202eb'", "%ls", "!rm x", "x = = 1", "x = '" + "a" * 70_000 + "'"]
)
def test_code_that_hides_something_is_refused_without_asking(kimi, code):
    kimi.script(run(code), say())
    done = kimi.ask(answers=["y"])
    if "\r" in code:  # a lone CR becomes a line of its own, to be seen
        assert kimi.kernel.value("x") == 2
    else:
        assert done.prompts == []
        assert kimi.kernel.value("'x' in globals()") is False


def test_an_invalid_call_is_answered_with_what_is_wrong(kimi):
    from kimi_jupyter.offline.reply import Reply

    kimi.script(
        Reply("", "", (("run_python", {"source": "1"}),)),
        Reply("", "", (("run_pyton", {"code": "1"}),)),
        run("x = 3"),
        say(),
    )
    kimi.ask(answers=["y"])
    assert "lacks 'code'" in kimi.sent(1)["messages"][-1]["content"]
    assert "run_python" in kimi.sent(2)["messages"][-1]["content"]
    assert kimi.kernel.value("x") == 3


def test_inspect_needs_no_yes_and_runs_no_code(kimi):
    from kimi_jupyter.offline.reply import Reply

    kimi.kernel.execute("import pandas as pd\nsales = pd.DataFrame({'price': [1.5, 2.5], 'unit price': [3, 4]})")
    kimi.script(
        Reply("", "", (("inspect", {"name": "sales"}),)),
        Reply("", "", (("inspect", {"name": "sales.price"}),)),
        Reply("", "", (("inspect", {"name": "nothing"}),)),
        say(),
    )
    done = kimi.ask()
    assert done.prompts == []
    first, second, third = (kimi.sent(n)["messages"][-1]["content"] for n in (1, 2, 3))
    assert "2 rows" in first
    assert "1.5" in second
    assert "no variable 'nothing'" in third


def test_inspect_takes_groups_columns_rows_and_another_table(kimi):
    from kimi_jupyter.offline.reply import Reply

    kimi.kernel.execute("""
import pandas as pd
sales = pd.DataFrame({'region': ['n', 's'] * 9, 'price': range(18), 'customer_id': [1, 2, 3] * 6})
customers = pd.DataFrame({'id': [1, 2, 3, 4]})
""")
    kimi.script(
        Reply("", "", (("inspect", {"name": "sales", "by": "region"}),)),
        Reply("", "", (("inspect", {"name": "sales", "by": ["region"], "columns": ["price"]}),)),
        Reply("", "", (("inspect", {"name": "sales", "rows": "last", "join": "customers"}),)),
        Reply("", "", (("inspect", {"name": "sales", "rows": "all"}),)),
        say(),
    )
    done = kimi.ask()
    assert done.prompts == []
    first, second, third, fourth = (kimi.sent(n)["messages"][-1]["content"] for n in (1, 2, 3, 4))
    assert "\nn,9,8,8\ns,9,9,9\n" in first
    assert "\nn,9,8,8\ns,9,9,9\n" in second
    assert "17,s,17,3" in third
    assert "customer_id ↔ id: many to one" in third
    assert 'rows must be one of ["first", "last", "random"]' in fourth
    assert "inspect sales by region" in done.text


def test_a_tool_of_ones_own(kimi):
    from kimi_jupyter.offline.reply import Reply

    kimi.kernel.execute("""
calls = []
from kimi_jupyter import tool
@tool
def double(number: int) -> int:
    'Twice a number.'
    calls.append(number)
    return 2 * number
@tool(read_only=True)
def rate(currency: str) -> float:
    'Dollars for one unit.'
    return 1.25
""")
    kimi.script(Reply("", "", (("double", {"number": 21}),)), Reply("", "", (("rate", {"currency": "EUR"}),)), say())
    done = kimi.ask(answers=["y"])
    assert len(done.prompts) == 1
    assert (kimi.sent(1)["messages"][-1]["content"], kimi.told()) == ("42", "1.25")
    assert kimi.kernel.value("calls") == [21]
    assert {t["function"]["name"] for t in kimi.sent()["tools"]} >= {"run_python", "inspect", "double", "rate"}


@pytest.mark.parametrize(
    "prompt", ["{braces} {x}", "$x costs $5", "100 % sure?", "!ls and %who", "line\n  indented\n\ttab"]
)
def test_a_question_is_never_expanded(kimi, prompt):
    kimi.kernel.execute("x = 'EXPANDED'")
    kimi.script(say())
    kimi.ask(prompt, options="--no-context")
    assert kimi.told() == prompt


def test_nested_in_other_code_it_pumps_on_the_main_thread(kimi):
    kimi.script(run("x = 1"), say(), run("y = 2"), say(), run("await z"), say())
    timed = kimi.kernel.execute("%%time\nget_ipython().run_cell_magic('kimi', '', 'Do it.')", ["y"])
    assert timed.reply["status"] == "ok", timed.text
    looped = kimi.kernel.execute("for _ in range(1):\n    get_ipython().run_line_magic('kimi', 'ask Again.')", ["y"])
    assert looped.reply["status"] == "ok", looped.text
    assert kimi.kernel.value("(x, y)") == (1, 2)


def test_line_magic_with_a_question_mark(kimi):
    kimi.script(say("Four."))
    done = kimi.kernel.execute("%kimi ask how many are there?")
    assert done.data("text/markdown") == ["Four."]
    assert kimi.told().endswith("how many are there?")


def test_cells_queued_behind_wait_and_see_the_variables(kimi):
    kimi.script(run("import time; time.sleep(0.3); made = 7"), say())
    first = kimi.kernel.client.execute("%%kimi --approve auto\nMake it.")
    second = kimi.kernel.client.execute("made_after = made + 1")
    deadline = time.monotonic() + 20
    replies = []
    while len(replies) < 2 and time.monotonic() < deadline:
        message = kimi.kernel.client.get_shell_msg(timeout=20)
        replies.append((message["parent_header"]["msg_id"], message["content"]["status"]))
    assert replies == [(first, "ok"), (second, "ok")]
    assert kimi.kernel.value("made_after") == 8


def test_the_conversation_is_remembered_and_its_prefix_keeps_its_bytes(kimi):
    kimi.script(run("x = 1"), say("One."), say("Still one."))
    kimi.ask("First?", ["y"])
    kimi.ask("Second?")
    first, last = kimi.sent(1), kimi.sent()
    assert json.dumps(last["messages"]).startswith(json.dumps(first["messages"])[:-1])
    assert first["prompt_cache_key"] == last["prompt_cache_key"]
    assert last["messages"][2]["reasoning_content"] == "Let me compute."
    kimi.script(say())
    kimi.ask("Afresh?", options="--new")
    assert len(kimi.sent()["messages"]) == 2


# ---- stopping --------------------------------------------------------------------------------------------------------


def interrupt_when(kimi, condition, delay=0.15):
    """Interrupt once, a moment after a condition on the outputs first holds."""
    fired = []

    def look(execution):
        if not fired and condition(execution):
            fired.append(True)
            threading.Timer(delay, kimi.kernel.interrupt).start()

    return look


def assert_stopped(kimi, done):
    assert done.reply["status"] == "error"
    assert "stopped by you" in done.text
    kimi.script(say("Back."))
    after = kimi.ask("And now?")
    assert after.reply["status"] == "ok", after.text
    assert after.data("text/markdown")[-1] == "Back."


def test_stop_while_it_thinks(kimi):
    kimi.script(Fault("stall", after=20, seconds=30))
    started = time.monotonic()
    done = kimi.ask(on_output=interrupt_when(kimi, lambda e: "Thinking" in "".join(e.data("text/html"))))
    assert time.monotonic() - started < 10
    assert_stopped(kimi, done)


def test_stop_before_the_first_byte(kimi):
    kimi.script(Fault("slow_first_byte", seconds=30))
    threading.Timer(0.7, kimi.kernel.interrupt).start()
    started = time.monotonic()
    done = kimi.ask()
    assert time.monotonic() - started < 5
    assert_stopped(kimi, done)


def test_stop_while_it_asks(kimi):
    kimi.script(run("x = 1"))

    def on_prompt(execution):
        threading.Timer(0.2, kimi.kernel.interrupt).start()

    done = kimi.ask(on_prompt=on_prompt)
    assert kimi.kernel.value("'x' in globals()") is False
    assert_stopped(kimi, done)


@pytest.mark.parametrize(
    "code",
    [
        "print('go')\nwhile True: pass",
        "import time\nprint('go')\ntime.sleep(60)",
        "import asyncio\nprint('go')\nawait asyncio.sleep(60)",
    ],
    ids=["loop", "sleep", "await"],
)
def test_stop_while_code_runs(kimi, code):
    kimi.script(run(code), say("Never."))
    started = time.monotonic()
    done = kimi.ask(answers=["y"], on_output=interrupt_when(kimi, lambda e: "go\n" in e.text))
    assert time.monotonic() - started < 10
    assert_stopped(kimi, done)
    results = [m["content"] for m in kimi.sent()["messages"] if m["role"] == "tool"]
    assert results == ["go\nInterrupted by the user."]


@pytest.mark.parametrize(
    "code",
    [
        "import asyncio, time\nawait asyncio.sleep(0)\nprint('go')\ntime.sleep(60)",
        "import asyncio, time\nasync def f():\n    print('go')\n    time.sleep(60)\nawait asyncio.gather(f())",
    ],
    ids=["itself", "its task"],
)
def test_stop_while_awaiting_code_does_not_wait(kimi, code):
    kimi.script(run(code), say("Never."))
    done = kimi.ask(answers=["y"], on_output=interrupt_when(kimi, lambda e: "go\n" in e.text), timeout=20)
    assert_stopped(kimi, done)


@pytest.mark.parametrize(
    "code",
    [
        "import time\ntry:\n    print('go')\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    print('saved')",
        (
            "import asyncio\ntry:\n    print('go')\n    await asyncio.sleep(60)\n"
            "except asyncio.CancelledError:\n    print('saved')"
        ),
    ],
    ids=["plain", "awaiting"],
)
def test_code_may_catch_a_stop_but_the_turn_stops(kimi, code):
    kimi.script(run(code), say("Never."))
    done = kimi.ask(answers=["y"], on_output=interrupt_when(kimi, lambda e: "go\n" in e.text))
    assert_stopped(kimi, done)
    assert [m["content"] for m in kimi.sent()["messages"] if m["role"] == "tool"] == [
        "go\nsaved\nInterrupted by the user."
    ]


def test_code_that_ignores_interrupts_does_so_only_while_it_runs(kimi):
    ignoring = "import signal\n_ = signal.signal(signal.SIGINT, signal.SIG_IGN)"
    kimi.script(run(ignoring), Fault("slow_first_byte", seconds=30))

    def on_prompt(execution):
        threading.Timer(1, kimi.kernel.interrupt).start()
        return "y"

    done = kimi.ask(on_prompt=on_prompt, timeout=10)
    assert len(kimi.requests) == 2
    assert_stopped(kimi, done)


def test_code_that_exits_is_an_error_and_the_turn_goes_on(kimi):
    exits = "class E(Exception):\n    def __str__(self):\n        raise SystemExit('bye')\nraise E"
    kimi.script(run("raise SystemExit(3)"), run(exits), say("It wants out."))
    done = kimi.ask(answers=["y", "y"], timeout=20)
    assert done.data("text/markdown")[-1] == "It wants out."
    assert "SystemExit: 3" in kimi.sent(1)["messages"][-1]["content"]
    assert kimi.told().startswith("Traceback")


def test_a_tool_that_exits_is_an_error_and_the_turn_goes_on(kimi):
    from kimi_jupyter.offline.reply import Reply

    kimi.kernel.execute("""
import sys
from kimi_jupyter import tool
@tool(read_only=True)
def leave() -> None:
    'Leave.'
    sys.exit(3)
""")
    kimi.script(Reply("", "", (("leave", {}),)), say("It wants out."))
    done = kimi.ask(timeout=20)
    assert done.data("text/markdown")[-1] == "It wants out."
    assert kimi.told().endswith("SystemExit: 3")


def test_stopping_in_haste_stops_once(kimi):
    kimi.script(run("import time\nprint('go')\ntime.sleep(60)"), say("Never."))
    fired = []

    def hasty():
        for _ in range(10):
            kimi.kernel.interrupt()
            time.sleep(0.003)

    def look(execution):
        if not fired and "go\n" in execution.text:
            fired.append(threading.Timer(0.15, hasty))
            fired[0].start()

    assert_stopped(kimi, kimi.ask(answers=["y"], on_output=look))


def test_code_that_takes_too_long_is_interrupted_and_the_model_goes_on(kimi):
    kimi.kernel.execute("%config KimiMagics.code_seconds = 1.0")
    try:
        kimi.script(run("while True: pass"), say("It took too long."))
        done = kimi.ask(answers=["y"])
    finally:
        kimi.kernel.execute("%config KimiMagics.code_seconds = 120.0")
    assert done.reply["status"] == "ok"
    assert "limit for one run" in kimi.told()


# ---- what goes wrong -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (
            Fault("http", status=401, message="Invalid Authentication", type="invalid_authentication_error"),
            "Check the key",
        ),
        (Fault("http", status=404, message="Not found the model x", type="resource_not_found_error"), "openrouter"),
        (Fault("truncate_no_finish", after=2), "ended in the middle"),
        (Fault("mid_stream_error", after=2), "broke off"),
        (Fault("error_200"), "broke off"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.kind,
)
def test_sec_07_a_fault_is_one_line_and_the_next_question_works(kimi, fault, words):
    kimi.script(fault)
    done = kimi.ask()
    errors = [o for o in done.outputs if o["output_type"] == "error"]
    assert words in done.text + "".join(done.data("text/html"))
    for error in errors:
        assert len(error["traceback"]) == 1
        assert "\n" not in error["traceback"][0]
    kimi.script(say("Back."))
    assert kimi.ask().data("text/markdown")[-1] == "Back."


def test_what_passes_by_itself_is_waited_for_with_a_countdown(kimi):
    kimi.script(Fault("http", status=429, retry_after=2), say("Back."))
    seen = []
    done = kimi.ask(on_output=lambda execution: seen.append(execution.text))
    assert done.data("text/markdown")[-1] == "Back."
    assert any(re.search(r"going on in [12]\.\d s\. Stop ends it\.", text) for text in seen)
    assert re.search(r"waited 2\.\d s", done.text)
    kimi.script(Fault("http", status=429, retry_after=60))
    threading.Timer(1, kimi.kernel.interrupt).start()
    assert_stopped(kimi, kimi.ask())


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("%%kimi\n", "There is no question"),
        ("%kimi ask", "There is no question"),
        ("%%kimi --aprove auto\nhi", "--aprove"),
        ("%%kimi --approve maybe\nhi", "invalid choice"),
        ("%%kimi --provider moonshut\nhi", "moonshot"),
        ("%%kimi --provider moonshot\nhi", "%kimi key"),
        ("%kimi modle", "Did you mean %kimi model"),
        ("%kimi provider custom nonsense", "no base URL"),
        ("%kimi provider custom http://models.example.org/v1", "not encrypted"),
    ],
)
def test_a_users_mistake_is_one_helpful_line(kimi, cell, words):
    done = kimi.kernel.execute(cell)
    assert done.reply["status"] == "error"
    assert words in done.text
    assert "Traceback" not in done.text
    assert kimi.requests == []
