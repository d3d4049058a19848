"""What is sent from a real kernel: cells with how they ended, personal data hidden, no more detail than allowed."""

from __future__ import annotations

import json
import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from kimi_jupyter.offline.server import OfflineServer
from tests.kernel.conftest import PLAIN, Scripted, environment, run, say
from tests.support.kernels import kernel

pytestmark = pytest.mark.kernel


def question(kimi, text="What now?", options=""):
    """Ask, and return the user's message as it was sent."""
    kimi.script(say())
    done = kimi.ask(text, options=options)
    assert done.reply["status"] == "ok", done.text
    return kimi.sent()["messages"][-1]["content"]


def test_failed_and_slow_cells_say_so(kimi):
    kimi.kernel.execute("def inner():\n    return {}['missing']\ninner()")
    kimi.kernel.execute("import time\ntime.sleep(2.2)")
    sent = question(kimi)
    assert "(failed: KeyError)" in sent
    assert "KeyError: 'missing'" in sent
    assert "(took 2 s)" in sent


def test_code_of_the_models_is_no_cell(kimi):
    kimi.script(run("1/0"), say())
    kimi.ask(options="--approve auto")
    assert "ZeroDivisionError" not in question(kimi).partition("</context>")[0]


def test_cells_can_be_limited_and_asked_for(kimi):
    number = kimi.kernel.execute("first_cell = 1").reply["execution_count"]
    kimi.kernel.execute("second_cell = 2")
    assert "first_cell = 1" not in question(kimi, options="--cells 1")
    assert "# Notebook" not in question(kimi, options="--cells 0")
    asked = question(kimi, f"What is @cell:{number}?", options="--cells 1")
    assert "first_cell = 1" in asked
    assert "second_cell = 2" not in asked
    refused = kimi.ask("What is @cell:99999?")
    assert "There is no cell [99999]" in refused.text
    assert len(kimi.requests) == 1


def test_personal_data_is_hidden_counted_and_told(kimi):
    kimi.kernel.execute(
        "import pandas as pd\npeople = pd.DataFrame({'mail': ['ann@example.org', 'bob@example.org'],"
        "'card': ['4111 1111 1111 1111', '5500 0000 0000 0004'], 'n': [4111111111111111, 1]})"
    )
    kimi.script(say())
    done = kimi.ask("What is in people?", options="--cells 0")
    sent = kimi.sent()["messages"][-1]["content"]
    for private in ("ann@example.org", "4111 1111", "4111111111111111", "0000 0004"):
        assert private not in sent
    assert "hidden (" in done.text
    assert "e-mail" in done.text
    kimi.kernel.execute("%config KimiMagics.redact = ['cards']")
    try:
        sent = question(kimi, "What is in people?")
        assert "ann@example.org" in sent
        assert "4111 1111" not in sent
    finally:
        kimi.kernel.execute("%config KimiMagics.redact = ['cards', 'emails', 'phones', 'ibans']")


def test_detail_is_set_for_the_kernel(kimi):
    kimi.kernel.execute("import pandas as pd\nt = pd.DataFrame({'name': ['canary-one', 'canary-two']})")
    assert "schema: names" in kimi.kernel.execute("%kimi detail schema").text
    try:
        assert "canary" not in question(kimi, "What is in t?", options="--cells 0")
        assert "%kimi detail takes schema, stats, sample" in kimi.kernel.execute("%kimi detail all").text
    finally:
        kimi.kernel.execute("%kimi detail sample")
    assert "canary-one" in question(kimi, "What is in t?", options="--cells 0")


@pytest.mark.parametrize("where", ["environment", "file"])
def test_a_cap_can_be_lowered_and_not_raised(tmp_path, where):
    with OfflineServer() as server:
        environ = environment(tmp_path, server)
        if where == "environment":
            environ["KIMI_JUPYTER_DETAIL_CAP"] = "schema"
        else:
            system, user = tmp_path / "system", tmp_path / "user"
            for folder, cap in ((system, "schema"), (user, "sample")):
                folder.mkdir()
                text = json.dumps({"KimiMagics": {"detail_cap": cap}})
                (folder / "jupyter_kimi_config.json").write_text(text)
            environ |= {"JUPYTER_CONFIG_PATH": str(system), "JUPYTER_CONFIG_DIR": str(user)}
        with kernel(tmp_path, environ=environ) as live:
            kimi = Scripted(live, server)
            live.execute(PLAIN)
            live.execute("import pandas as pd\nt = pd.DataFrame({'name': ['canary-one', 'canary-two']})")
            raised = live.execute("%config KimiMagics.detail_cap = 'sample'")
            assert "can be lowered, not raised" in raised.text
            kimi.script(say())
            done = kimi.ask("What is in t?", options="--detail sample --cells 0")
            assert "canary" not in kimi.sent()["messages"][-1]["content"]
            assert "more is not allowed here (detail_cap)" in done.text
            assert "More is not allowed here" in live.execute("%kimi detail sample").text


@pytest.mark.parametrize("where", ["environment", "file"])
def test_a_cap_that_is_misspelt_allows_the_least_and_is_told(tmp_path, where):
    with OfflineServer() as server:
        environ = environment(tmp_path, server)
        if where == "environment":
            environ["KIMI_JUPYTER_DETAIL_CAP"] = "stat"
        else:
            (tmp_path / "jupyter_kimi_config.json").write_text('{"KimiMagics": {"detail_cap": "stat"}}')
            environ["JUPYTER_CONFIG_DIR"] = str(tmp_path)
        with kernel(tmp_path, environ=environ) as live:
            live.execute(PLAIN)
            assert live.execute("%kimi detail").text.startswith("schema: ")
            assert "'stat' is not one of schema, stats, sample; schema holds." in live.execute("%kimi").text


def test_RO_11_at_schema_no_value_is_in_the_request(kimi):  # noqa: N802
    kimi.kernel.execute("w = pd.Series(['literal-canary-one', 'literal-canary-two'])\nprint('literal-canary-three')")
    kimi.kernel.execute(
        "import pandas as pd, numpy as np, datetime\n"
        "words = ['can' + f'ary{i:04d}x' for i in range(1000)]\n"
        "t = pd.DataFrame({'a': words, 'k': pd.Categorical(words), 'o': [[w] for w in words]}, index=words)\n"
        "u = {f'k{i}': w for i, w in enumerate(words)}; v = words; s = pd.Series(words)\n"
        "a = np.array(words); n = words[3]\n"
        "print(words[:5]); t.head(2)"
    )
    sent = question(kimi, "What is in t, u, v, s, a, n and words?", options="--detail schema")
    body = json.dumps(kimi.requests[-1].body)
    assert [number for number in range(1000) if f"canary{number:04d}x" in body] == []
    assert "literal-canary" not in body
    assert "## t\npandas.DataFrame, 1,000 rows" in sent


def test_context_prints_what_is_sent_with_the_options_it_is_given(kimi):
    kimi.kernel.execute("import pandas as pd\nsales = pd.DataFrame({'price': [1.5, 2.5]})")
    kimi.kernel.execute("other = 1")
    for options in ("--detail stats", "--cells 1", "--detail schema --cells 0"):
        shown = kimi.kernel.execute(f"%kimi context {options} What is in sales?").text
        block = shown[shown.index("<context>") :].strip()
        assert question(kimi, "What is in sales?", options) == f"{block}\n\nWhat is in sales?"


def test_nothing_of_the_notebook_is_in_a_request_but_what_the_context_command_shows(kimi):
    kimi.kernel.execute(
        "canary_name = 'canary-value'\nimport pandas as pd\ncanary_table = pd.DataFrame({'canary': ['x']})"
    )
    kimi.kernel.execute("print('canary-output')")
    question(kimi, "What is in canary_table?")
    first = kimi.sent()
    kimi.kernel.execute("%reset -f\n%kimi new")
    kimi.kernel.execute("%load_ext kimi_jupyter")
    kimi.script(say())
    kimi.ask("What is here?", options="--no-context")
    second = kimi.sent()
    assert second["messages"][-1]["content"] == "What is here?"
    around = [json.dumps(body | {"messages": body["messages"][:-1]}) for body in (first, second)]
    assert "canary" in json.dumps(first)
    assert "canary" not in around[0]
    assert _without_keys(around[0]) == _without_keys(around[1])


def _without_keys(body):
    """Without what stands for the conversation: a random key."""
    return re.sub(r"[0-9a-f]{32}", "", body)


def test_less_is_sent_where_the_window_is_nearly_full(kimi):
    kimi.kernel.execute("\n".join(f"a_rather_long_name_number_{number} = {number}" for number in range(300)))
    whole = question(kimi, "What is here?")
    book = "书" * 182_000  # of what a question may hold, the most tokens
    kimi.script(say(), say(), say())
    for part in range(2):
        done = kimi.ask(f"Read part {part}: {book}", options="--no-context")
        assert done.reply["status"] == "ok", done.text[-600:]
    kimi.ask("What is here?")
    less = kimi.sent()["messages"][-1]["content"]
    assert len(less) < 0.7 * len(whole)


def test_less_detail_than_before_is_told(kimi):
    kimi.kernel.execute("n = 1")
    question(kimi)
    kimi.script(say(), say(), say())
    assert "goes along again" in kimi.ask(options="--detail schema").text
    kimi.kernel.execute("%kimi new")
    assert "goes along again" not in kimi.ask(options="--detail schema").text
    assert "goes along again" not in kimi.ask(options="--detail sample").text


def test_a_saved_notebook_and_what_ran_since_are_both_seen(tmp_path):
    path = tmp_path / "work.ipynb"
    old = new_code_cell("loaded = 1", execution_count=17)
    below = new_code_cell("never_run = 1")
    asking = new_code_cell("%%kimi \nWhat now?")
    nbformat.write(new_notebook(cells=[new_markdown_cell("# The plan"), old, asking, below]), path)
    with OfflineServer() as server:
        environ = environment(tmp_path, server) | {"JPY_SESSION_NAME": str(path)}
        with kernel(tmp_path, environ=environ) as live:
            kimi = Scripted(live, server)
            live.execute(PLAIN)
            number = live.execute("loaded = 1").reply["execution_count"]
            live.execute("since = 2")
            sent = question(kimi)
    assert "## Markdown [ ]\n# The plan" in sent
    assert f"## Cell [{number}]\nloaded = 1" in sent
    assert "[17]" not in sent
    order = [sent.index(text) for text in ("# The plan", "loaded = 1", "since = 2", "never_run = 1")]
    assert order == sorted(order)


def test_a_name_that_is_not_there_is_told(kimi):
    kimi.kernel.execute("sales = 1")
    kimi.script(say())
    assert "did you mean @sales?" in kimi.ask("What is in @salse?").text
