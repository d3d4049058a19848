"""Which cells are awaited, and which words never reach IPython's own rules."""

from __future__ import annotations

import contextlib

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from kimi_jupyter.kernel.cells import await_kimi, keep_question_marks


@pytest.fixture
def shell():
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config)
    transforms = keep_question_marks, await_kimi(shell)
    shell.input_transformers_cleanup.append(transforms[0])
    shell.input_transformers_post.append(transforms[1])
    with contextlib.ExitStack() as stack:
        stack.callback(shell.input_transformers_cleanup.remove, transforms[0])
        stack.callback(shell.input_transformers_post.remove, transforms[1])
        stack.callback(setattr, shell, "autoawait", True)
        stack.callback(setattr, shell, "loop_runner", shell.loop_runner)
        yield shell


def test_a_kimi_cell_is_awaited(shell):
    assert shell.transform_cell("%%kimi --new\nhow many?") == (
        "await get_ipython().run_cell_magic('kimi_awaited', '--new', 'how many?\\n')\n"
    )


def test_a_question_may_stand_on_the_first_line_alone(shell):
    assert shell.transform_cell("%%kimi how many?\n") == (
        "await get_ipython().run_cell_magic('kimi_awaited', 'how many?', '\\n')\n"
    )


def test_line_magics_at_top_level_are_awaited_also_when_assigned(shell):
    transformed = shell.transform_cell("é = 1; x = 2\n%kimi ask hello\ny = %kimi ask again\nz = 'ü'\n")
    assert "\nawait get_ipython().run_line_magic('kimi_awaited', 'ask hello')\n" in transformed
    assert "\ny = await get_ipython().run_line_magic('kimi_awaited', 'ask again')\n" in transformed
    assert "é = 1; x = 2\n" in transformed


@pytest.mark.parametrize(
    "cell",
    [
        "if True:\n    %kimi ask hello\n",
        "def f():\n    %kimi ask hello\n",
        "text = '''\n%kimi ask hello\n'''\n",
        "%%time\n%kimi ask hello\n",
        "get_ipython().run_cell_magic('kimis', '', 'other')\n",
        "%%kimino\nhello",
    ],
)
def test_nothing_else_is(shell, cell):
    assert "await" not in shell.transform_cell(cell)


def test_a_cell_with_a_syntax_error_is_left_to_the_shell(shell):
    assert "await" not in shell.transform_cell("%kimi ask hello\nx = = 1\n")


def test_ker_18_other_event_loops_are_not_awaited_on(shell):
    shell.loop_runner = lambda coroutine: None
    assert "await" not in shell.transform_cell("%%kimi\nhello")


def test_without_autoawait_nothing_is_awaited(shell):
    shell.autoawait = False
    assert shell.transform_cell("%%kimi\nhello").startswith("get_ipython().run_cell_magic('kimi', ")


def test_code_inside_a_running_cell_is_not_awaited(shell):
    shell.user_ns["transform"] = shell.transform_cell
    result = shell.run_cell("inner = transform('%%kimi\\nhello')")
    assert result.success
    assert "await" not in shell.user_ns["inner"]


@pytest.mark.parametrize("question", ["how many rows?", "why {this} and $that and 100% ?", "what's up??"])
def test_a_question_may_end_with_a_question_mark(shell, question):
    transformed = shell.transform_cell(f"%kimi ask {question}\n")
    assert transformed == f"await get_ipython().run_line_magic('kimi_awaited', {'ask ' + question!r})\n"


def test_help_is_still_help(shell):
    assert "pinfo" in shell.transform_cell("%kimi?")
    assert "pinfo" in shell.transform_cell("%%kimi?")


def test_a_question_inside_a_string_stays_text(shell):
    cell = 's = """\n%kimi ask really?\n"""\n'
    assert shell.transform_cell(cell) == cell
