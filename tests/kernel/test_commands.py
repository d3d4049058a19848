"""``%kimi`` and its commands, its settings and its completion, in a real kernel."""

from __future__ import annotations

import os

import pytest

from kimi_jupyter.offline.server import OfflineServer
from tests.kernel.conftest import environment, run, say
from tests.support.isolation import clean_environment
from tests.support.kernels import kernel

pytestmark = pytest.mark.kernel

CANARY = "sk-canary-4f9a8b7c6d5e4f3a2b1c0d9e"


def test_bare_kimi_shows_where_one_is_and_never_the_key(kimi):
    kimi.script(run("x = 1"), say())
    kimi.ask(answers=["y"])
    shown = kimi.kernel.execute("%kimi").text
    assert kimi.server.base_url in shown
    assert "kimi-k2-thinking" in shown
    assert "KIMI_JUPYTER_API_KEY in the environment" in shown
    assert kimi.server.key not in shown
    assert "1 question, 1 tool call" in shown
    assert " 0 in" not in shown


def test_new_starts_afresh(kimi):
    kimi.script(say("One."), say("Two."))
    kimi.ask("First?")
    assert "new conversation" in kimi.kernel.execute("%kimi new").text
    kimi.ask("Second?")
    assert [m["role"] for m in kimi.sent()["messages"]] == ["system", "user"]


def test_context_shows_exactly_what_is_sent(kimi):
    kimi.kernel.execute("import pandas as pd\nsales = pd.DataFrame({'price': [1.5, 2.5], 'shop': ['a', 'b']})")
    shown = kimi.kernel.execute("%kimi context What is the mean price in sales?").text
    assert "tokens  value sales" in shown
    block = shown[shown.index("<context>") :].strip()
    kimi.script(say())
    kimi.ask("What is the mean price in sales?")
    assert kimi.sent()["messages"][-1]["content"] == f"{block}\n\nWhat is the mean price in sales?"


def test_no_context_sends_the_question_alone(kimi):
    kimi.kernel.execute("secret_table = [1, 2, 3]")
    kimi.script(say())
    kimi.ask("What is in secret_table?", options="--no-context")
    assert kimi.sent()["messages"][-1]["content"] == "What is in secret_table?"


@pytest.mark.parametrize(("detail", "seen"), [("schema", False), ("stats", False), ("sample", True)])
def test_detail_says_how_much_of_a_table_goes_out(kimi, detail, seen):
    kimi.kernel.execute(
        "import pandas as pd\nt = pd.DataFrame({'name': [f'canary-{i}-{i*7}' for i in range(30)], 'n': range(30)})"
    )
    kimi.script(say())
    kimi.ask("What is in t?", options=f"--detail {detail}")
    sent = kimi.sent()["messages"][-1]["content"].replace("canary-{i}-{i*7}", "")
    assert ("first rows" in sent) == seen
    if detail == "schema":
        assert "canary-" not in sent


def test_tools_and_help_and_lists(kimi):
    assert "asks first" in kimi.kernel.execute("%kimi tools").text
    shown = kimi.kernel.execute("%kimi help").text
    for command in ("ask", "model", "provider", "key", "new", "context", "tools"):
        assert f"%kimi {command}" in shown
    assert "openrouter" in kimi.kernel.execute("%kimi provider").text
    assert "kimi-k2-thinking" in kimi.kernel.execute("%kimi model").text
    done = kimi.kernel.execute("%%kimi?")
    shown = done.reply["payload"][0]["data"]["text/plain"]
    for option in ("--model", "--provider", "--new", "--no-context", "--approve", "--max-steps"):
        assert option in shown


def test_fix_asks_about_the_last_cell_that_failed_and_was_not_mended_since(kimi):
    assert "No cell has failed" in kimi.kernel.execute("%kimi fix").text
    kimi.kernel.execute("price = 'x'\nprice / 2")
    number = kimi.kernel.execute("print(len(In) - 2)").text.strip()
    kimi.script(say("It is a text."))
    kimi.kernel.execute("%kimi fix It worked yesterday.")
    asked = kimi.sent()["messages"][-1]["content"]
    assert asked.endswith(f"@cell:{number} failed with TypeError. Find out why and fix it.\nIt worked yesterday.")
    assert "price / 2" in asked
    assert "unsupported operand" in asked


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("%kimi prov", "provider"),
        ("%kimi provider openr", "openrouter"),
        ("%kimi model kimi-k2-th", "kimi-k2-thinking"),
        ("%%kimi --app", "--approve"),
        ("%%kimi --approve a", "auto"),
        ("%%kimi --provider nov", "novita"),
    ],
)
def test_completion(kimi, code, expected):
    reply = kimi.kernel.client.complete(code, reply=True, timeout=20)["content"]
    assert expected in [match.strip() for match in reply["matches"]]


EVERYTHING = """
m = next(c for c in get_ipython().configurables if type(c).__name__ == 'KimiMagics')
print(repr(m), vars(m), vars(m.session), vars(m.session.keys), m.session.endpoint())
"""


def test_a_typed_key_is_used_and_shown_nowhere(kimi, tmp_path):
    with kernel(tmp_path, environ=clean_environment(tmp_path)) as live:
        live.execute("%load_ext kimi_jupyter")
        typed = live.execute("%kimi key openrouter", [CANARY])
        assert "kept for this kernel only" in typed.text
        shown = live.execute("%kimi\n%kimi provider openrouter")
        texts = [typed.text, shown.text]
        texts += [live.execute(cell).text for cell in ("%whos", "%history", "%config KimiMagics", "vars()")]
        texts.append(live.execute(EVERYTHING).text)
    assert "typed in this kernel" in shown.text
    assert not [text for text in texts if CANARY in text]
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert CANARY.encode() not in path.read_bytes(), path


@pytest.mark.parametrize(("command", "title"), [("%kimi key", "Your endpoint"), ("%kimi key moonshot", "Moonshot AI")])
def test_a_typed_key_goes_to_no_address_it_was_not_given_for(tmp_path, command, title):
    with OfflineServer() as server, kernel(tmp_path, environ=environment(tmp_path, server)) as live:
        live.execute("%load_ext kimi_jupyter")
        typed = live.execute(command, [CANARY])
        assert typed.prompts[0].startswith(f"Key for {title} ")
        assert "Your endpoint (custom)" in live.execute("%kimi").text
        server.script([say()])
        live.execute("%%kimi\nHello?")
        sent = {value for request in server.requests for value in request.headers.values() if CANARY in value}
        assert bool(sent) == (command == "%kimi key")


def test_key_12_the_key_is_in_no_file_after_a_turn(tmp_path):
    with OfflineServer(key=CANARY) as server, kernel(tmp_path, environ=environment(tmp_path, server)) as live:
        server.script([run(f"print('{CANARY}')"), say(f"It was {CANARY}.")])
        live.execute("%load_ext kimi_jupyter")
        live.execute("%%kimi\nPrint the key.", ["y"])
        assert CANARY not in server.requests[-1].body["messages"][-1]["content"]
    stores = list(tmp_path.rglob("*.sqlite3*"))
    assert stores
    for path in stores:
        assert CANARY.encode() not in path.read_bytes(), path
        if os.name == "posix":
            assert path.stat().st_mode & 0o077 == 0


def test_settings_from_files_environment_and_cell_in_their_order(tmp_path):
    environ = clean_environment(tmp_path)
    (tmp_path / "jupyter" / "config" / "jupyter_kimi_config.py").write_text(
        "c.KimiMagics.max_steps = 7\nc.KimiMagics.approve = 'never'\nc.KimiMagics.model = 'from-file'\n"
    )
    profile = tmp_path / "ipython" / "profile_default"
    profile.mkdir(parents=True)
    (profile / "ipython_config.py").write_text("c = get_config()\nc.KimiMagics.max_steps = 8\n")
    environ |= {"KIMI_JUPYTER_APPROVE": "auto", "KIMI_JUPYTER_PROVIDER": "offline"}
    with kernel(tmp_path, environ=environ) as live:
        live.execute("%load_ext kimi_jupyter")
        shown = live.execute("%config KimiMagics.max_steps\n").text
        assert "8" in shown
        assert "auto" in live.execute("%config KimiMagics.approve").text
        assert "from-file" in live.execute("%kimi model").text
        live.execute("%config KimiMagics.approve = 'never'")
        assert "nothing runs" in live.execute("%kimi").text


def test_a_wrong_value_in_the_environment_is_said_and_not_used(tmp_path):
    with kernel(tmp_path, environ=clean_environment(tmp_path) | {"KIMI_JUPYTER_APPROVE": "yes"}) as live:
        assert live.execute("%load_ext kimi_jupyter").reply["status"] == "ok"
        assert "KIMI_JUPYTER_APPROVE='yes' is not used; it takes ask, auto, never" in live.execute("%kimi").text


def test_a_configuration_file_that_cannot_be_read_is_said_and_left_out(tmp_path):
    environ = clean_environment(tmp_path)
    (tmp_path / "jupyter" / "config" / "jupyter_kimi_config.py").write_text("c.KimiMagics.max_steps = = 7\n")
    with kernel(tmp_path, environ=environ) as live:
        assert live.execute("%load_ext kimi_jupyter").reply["status"] == "ok"
        shown = live.execute("%kimi").text
    assert "jupyter_kimi_config.py in " in shown
    assert "left out" in shown


def test_unloading_leaves_nothing_behind(tmp_path):
    with kernel(tmp_path, environ=clean_environment(tmp_path)) as live:
        live.execute("%load_ext kimi_jupyter\n%kimi")
        assert live.execute("%unload_ext kimi_jupyter").reply["status"] == "ok"
        assert "not found" in live.execute("%kimi").text
        live.execute("%load_ext kimi_jupyter")
        assert "Offline endpoint" in live.execute("%kimi").text


def test_inspect_tells_no_more_than_the_detail_allows(kimi):
    from kimi_jupyter.offline.reply import Reply

    kimi.kernel.execute("import pandas as pd\nt = pd.DataFrame({'who': ['canary-one', 'canary-two'] * 9})")
    kimi.script(
        Reply("", "", (("inspect", {"name": "t.who"}),)), say(), Reply("", "", (("inspect", {"name": "t"}),)), say()
    )
    kimi.ask("Look.", options="--detail schema --new")
    kimi.kernel.execute("%config KimiMagics.detail = 'schema'")
    try:
        kimi.ask("Look again.", options="--new")
    finally:
        kimi.kernel.execute("%config KimiMagics.detail = 'sample'")
    results = [m["content"] for r in kimi.requests for m in r.body["messages"] if m["role"] == "tool"]
    assert len(results) == 2
    assert not [text for text in results if "canary" in text]
