"""Undo of the last run: in a shell, with pandas of both kinds, and as ``%kimi undo`` in a real kernel."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from kimi_jupyter.kernel.undo import Undo
from tests.kernel.conftest import run, say


class Session:
    """A shell and its Undo, and what the names stand for."""

    def __init__(self) -> None:
        config = Config()
        config.HistoryManager.enabled = False
        self.shell = InteractiveShell(config=config)
        self.undo = Undo(self.shell)

    def cell(self, source: str) -> None:
        """A cell of the user's."""
        self.shell.run_cell(source).raise_error()

    def run(self, source: str) -> str:
        """A run of the model's, as the executor does it; returns the line that is told before."""
        plan = self.undo.before(source)
        self.undo.keep(plan)
        self.shell.run_cell(source, store_history=False)
        self.undo.left()
        return plan.line

    def __getitem__(self, expression: str) -> Any:
        return eval(expression, self.shell.user_ns)

    def holds(self, expression: str) -> bool:
        """Whether a condition holds; what it speaks of may not be there."""
        try:
            return bool(self[expression])
        except (NameError, LookupError, AttributeError):
            return False


@pytest.fixture
def session() -> Iterator[Session]:
    hooks = sys.displayhook, sys.excepthook
    made = Session()
    yield made
    sys.displayhook, sys.excepthook = hooks


#: What there is, what runs, and what must hold again when it was undone.
CASES = {
    "a number": ("x = 1", "x = 2", "x == 1"),
    "a new name": ("x = 1", "y = x", "'y' not in globals()"),
    "a deleted name": ("x = [1]", "del x", "x == [1]"),
    "an import": ("x = 1", "import json as t", "'t' not in globals()"),
    "a list": ("x = [1, 2]", "x.append(3)\nx[0] = 9", "x == [1, 2]"),
    "a list by +=": ("x = y = [1]", "x += [2]", "x == [1] and x is y"),
    "a list under two names": ("a = [1]; b = a", "a.clear()", "a == [1] and a is b"),
    "a list that is given away": ("x = [1]\ndef f(v): v.append(2)", "f(x)", "x == [1]"),
    "a dict": ("x = {'a': 1}", "x['b'] = 2; del x['a']", "x == {'a': 1}"),
    "a dict's order": ("x = {'a': 1, 'b': 2}", "x['a'] = x.pop('a')", "list(x) == ['a', 'b']"),
    "a set": ("x = {1, 2}", "x.add(3); x.discard(1)", "x == {1, 2}"),
    "a deque": ("from collections import deque\nx = deque([1, 2])", "x.popleft()", "list(x) == [1, 2]"),
    "a bytearray": ("x = bytearray(b'ab')", "x[0] = 0", "x == b'ab'"),
    "lists in dicts in lists": ("x = [{'a': [1]}]", "x[0]['a'].append(2)", "x == [{'a': [1]}]"),
    "a list in a tuple": ("x = ([1],)", "x[0].append(2)", "x == ([1],)"),
    "a list that holds itself": ("x = [1]; x.append(x)", "x.clear()", "x[0] == 1 and x[1] is x"),
    "a user's object": ("class C: pass\nx = C(); x.a = [1]", "x.a.append(2); x.b = 1", "vars(x) == {'a': [1]}"),
    "a dataclass": (
        "from dataclasses import dataclass\n@dataclass\nclass C:\n    a: int\nx = C(1)",
        "x.a = 2",
        "x == C(1)",
    ),
    "a namespace": ("from types import SimpleNamespace\nx = SimpleNamespace(a=1)", "x.a = 2", "x.a == 1"),
    "changed, then bound anew": ("x = y = [1]", "x.append(2)\nx = 3", "x == [1] and x is y"),
    "changed before an error": ("x = [1]", "x.append(2)\n1 / 0", "x == [1]"),
    "a function": ("def f(): return 1", "def f(): return 2", "f() == 1"),
    "numpy": ("import numpy as np\nx = np.arange(3)", "x[0] = 9", "x.tolist() == [0, 1, 2]"),
    "numpy's views": ("import numpy as np\nx = np.arange(3); v = x[1:]", "x[:] = 9", "v.tolist() == [1, 2]"),
    "a view's base": ("import numpy as np\nx = np.arange(3); v = x[1:]", "v += 9", "x.tolist() == [0, 1, 2]"),
    "numpy by a function": (
        "import numpy as np\nx = np.arange(9)",
        "np.random.shuffle(x)",
        "x.tolist() == list(range(9))",
    ),
    "numpy resized": ("import numpy as np\nx = np.arange(3)", "x.resize(2, refcheck=False)", "x.tolist() == [0, 1, 2]"),
    "numpy objects": ("import numpy as np\nx = np.array([1, 'a'], dtype=object)", "x[0] = 2", "x.tolist() == [1, 'a']"),
}
PANDAS = "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2, 3], 'b': ['x', 'y', 'z'], 'c': [1.5, None, 2.5]})\n"
WAS = "df.to_dict('list')['a'] == [1, 2, 3] and list(df) == ['a', 'b', 'c'] and list(df.b) == ['x', 'y', 'z']"
PANDAS_CASES = {
    "a new column": ("", "df['d'] = 1", WAS),
    "a column changed": ("", "df['a'] = df['a'] * 2", WAS),
    "cells changed": ("", "df.loc[df.a > 1, 'a'] = 0\ndf.at[0, 'b'] = 'q'", WAS),
    "in place": ("", "df.dropna(inplace=True)", WAS + " and len(df) == 3"),
    "dropped and bound anew": ("", "df = df.drop(columns='a')", WAS),
    "changed, then bound anew": ("", "df['a'] = 0\ndf = df.head(1)", WAS),
    "under two names": ("other = df", "df['a'] = 0", WAS + " and other is df"),
    "in a list": ("frames = [df]", "for f in frames:\n    f['a'] = 0", WAS + " and frames[0] is df"),
    "in a function": ("", "def zero(t):\n    t['a'] = 0\nzero(df)", WAS),
    "in a function of an earlier cell": ("def zero(t):\n    t['a'] = 0\n", "zero(df)", WAS),
    "columns renamed": ("", "df.columns = ['p', 'q', 'r']", WAS),
    "an index named": ("", "df.index.name = 'n'", WAS + " and df.index.name is None"),
    "a part": ("part = df[df.a > 1].copy()", "part['a'] = 0", WAS + " and list(part.a) == [2, 3]"),
    "a slice": ("part = df.iloc[:2]", "df.iloc[0, 0] = 9", WAS + " and list(part.a) == [1, 2]"),
    "a column of it": ("column = df['a']", "df.iloc[0, 0] = 9", WAS + " and list(column) == [1, 2, 3]"),
    "a series": ("s = df['a'].copy()", "s.iloc[0] = 9\ns.name = 'q'", "list(s) == [1, 2, 3] and s.name == 'a'"),
    "categories and times": (
        "df['k'] = df.b.astype('category'); df['t'] = pd.to_datetime('2026-01-01')",
        "df.loc[0, 't'] = pd.Timestamp('2000-01-01'); df.loc[0, 'k'] = 'y'",
        "list(df.k) == ['x', 'y', 'z'] and df.t.nunique() == 1",
    ),
}
POLARS_CASES = {
    "a cell": ("", "p[0, 'a'] = 9", "p['a'].to_list() == [1, 2]"),
    "a column": ("", "p.insert_column(0, pl.Series('z', [1, 2]))", "p.columns == ['a']"),
    "an alias": ("q = p", "p = p.with_columns(b=1)\nq[0, 'a'] = 9", "p['a'].to_list() == [1, 2] and p is q"),
    "a series": ("s = p['a'].clone()", "s[0] = 9", "s.to_list() == [1, 2]"),
}
ALL = {
    **CASES,
    **{f"pandas: {name}": (PANDAS + before, code, after) for name, (before, code, after) in PANDAS_CASES.items()},
    **{
        f"polars: {name}": (f"import polars as pl\np = pl.DataFrame({{'a': [1, 2]}})\n{before}", code, after)
        for name, (before, code, after) in POLARS_CASES.items()
    },
}


@pytest.mark.filterwarnings("ignore")  # what pandas 2 thinks of chained assignment
@pytest.mark.parametrize("name", ALL)
def test_what_a_run_changed_is_as_it_was(session: Session, name: str) -> None:
    before, code, expected = ALL[name]
    session.cell(before)
    session.run(code)
    assert not session.holds(expected)
    session.undo.back()
    assert session.holds(expected)
    assert session.undo.back() == "There is nothing to undo."


def test_what_came_back_is_told(session: Session) -> None:
    session.cell("x, y, gone = [1], 1, 2")
    session.run("x.append(2)\ny = 2\nnew = 3\ndel gone")
    assert session.undo.line == "Undo the last run: x, y, gone and new"
    assert session.undo.back() == "put back: y, x\nbrought back: gone\ntaken away: new"


def test_before_anything_ran_there_is_nothing_to_undo(session: Session) -> None:
    assert session.undo.back() == "There is nothing to undo."
    assert session.undo.line == ""


def test_a_run_that_changes_nothing_says_so(session: Session) -> None:
    session.cell("x = [1]")
    session.run("len(x)")
    assert session.undo.line == ""
    assert session.undo.back() == "Of the last run there is nothing to put back."


def test_only_the_last_run_is_undone(session: Session) -> None:
    session.cell("x = 1")
    session.run("x = 2")
    session.run("y = 1")
    session.undo.back()
    assert session["x"] == 2


@pytest.mark.parametrize("later", ["x = 9", "x.append(9)", "x = x + [9]", "x = None"])
def test_what_the_user_did_since_is_left_alone(session: Session, later: str) -> None:
    session.cell("x, y = [1], [1]")
    session.run("x.append(2)\ny.append(2)\nx = x + [3]\nz = 1")
    session.cell(later)
    kept = session["x"]
    said = session.undo.back()
    assert session["x"] == kept
    assert session["y"] == [1]
    assert "left as it is, changed since the run: x" in said
    assert "put back: y" in said


def test_what_the_user_did_since_in_a_table_is_left_alone(session: Session) -> None:
    session.cell(PANDAS + "other = df.copy()")
    session.run("df['d'] = 1\nother['d'] = 1")
    session.cell("df['mine'] = 2")
    said = session.undo.back()
    assert session["list(df) == ['a', 'b', 'c', 'd', 'mine'] and list(other) == ['a', 'b', 'c']"]
    assert said == "put back: other\nleft as it is, changed since the run: df"


def test_a_large_table_with_a_column_that_the_user_added_since_is_left_alone(session: Session) -> None:
    session.cell("import numpy as np, pandas as pd\nbig = pd.DataFrame(np.zeros((10**6, 3)))\nother = big.copy()")
    session.run("big['d'] = 1\nother['d'] = 1")
    session.cell("big['mine'] = 2")
    assert session.undo.back() == "put back: other\nleft as it is, changed since the run: big"
    assert session["list(big) == [0, 1, 2, 'd', 'mine'] and list(other) == [0, 1, 2]"]


def test_a_new_name_that_the_user_bound_anew_stays(session: Session) -> None:
    session.run("new = 1")
    session.cell("new = 2")
    assert session.undo.back() == "left as it is, changed since the run: new"
    assert session["new"] == 2


LINES = [
    ("x = 2", "Undo can put x back."),
    ("x = 2\nnew = 1", "Undo can put x back and remove new."),
    ("new = 1", "Undo can remove new."),
    ("print(x)", ""),
    ("rows.append(1)\nx = 1", "Undo can put rows and x back."),
    ("x = 2\nopen('a', 'w')", "Undo can put x back; not files."),
    ("open('a', 'w')", "Undo can't put back files."),
    ("it.send(1); it.update(2)\nx = 1", "Undo can put x back; not it (a generator)."),
    ("thing.update(2)", "Undo can't put back thing (an Odd)."),
    ("import os\nos.environ['A'] = 'b'", "Undo can't put back os.environ."),
    ("import os\nos.system('ls')\nos.remove('a')", "Undo can't put back files or what other programs do."),
    ("exec('1')\nx = 1", "Undo can put x back; not what can't be told from the code."),
    ("big[0] = 1", "Undo can't put back big (too large)."),
    ("many[0]['a'] = 1", "Undo can put many back; not all that many holds."),
    ("a = b = c = d = e = f = g = h = 1", "Undo can remove a, b, c, d, e, f and 2 more."),
]
THINGS = """
import numpy as np
x, rows, it = 1, [], (i for i in ())
class Odd(list): pass
thing = Odd()
many = [{} for _ in range(5000)]
big = np.broadcast_to(np.zeros(1), (2**40,))
"""


@pytest.mark.parametrize(("code", "line"), LINES)
def test_what_could_be_put_back_is_said_before(session: Session, code: str, line: str) -> None:
    session.cell(THINGS)
    assert session.undo.before(code).line == line


def test_what_could_not_be_put_back_is_said_again_after(session: Session) -> None:
    session.cell(THINGS)
    session.run("x = 2\nthing.append(1)")
    assert session.undo.back() == "put back: x\nnot put back: thing (an Odd)"


TRIPWIRE = """
touched = []
class Trap:
    def trip(self, *a, **k): touched.append(a); raise RuntimeError
    __eq__ = __ne__ = __hash__ = __copy__ = __deepcopy__ = __reduce__ = __reduce_ex__ = __len__ = __iter__ = trip
    __getattribute__ = __setattr__ = __bool__ = __repr__ = __getstate__ = __sizeof__ = __class_getitem__ = trip
class Sly(dict):
    def __iter__(self): touched.append(1); return iter(())
    keys = values = items = clear = update = copy = __len__ = __iter__
import pandas as pd
trap, sly = Trap(), Sly(a=1)
held, table = [trap, {'a': trap}, sly], pd.DataFrame({'a': [trap, trap]}, dtype=object)
"""


def test_no_code_of_the_user_s_values_runs(session: Session) -> None:
    session.cell(TRIPWIRE)
    before = session["table"]
    session.run("held.append(1)\ntable['b'] = 1\ntrap = sly = None\nnew = 1")
    assert session["list(table)"] == ["a", "b"]
    session.undo.back()
    assert session["touched"] == []
    assert len(session["held"]) == 3
    assert session["table"] is before
    assert list(before) == ["a"]


def test_a_value_that_its_library_cannot_copy_stops_nothing(session: Session, caplog) -> None:
    session.cell("import pandas as pd\nbroken, x = pd.DataFrame.__new__(pd.DataFrame), 1")
    assert session.run("x = 2\nbroken['a'] = 1") == "Undo can put x back; not broken (a DataFrame)."
    assert session.undo.back() == "put back: x\nnot put back: broken (a DataFrame)"


def test_copies_are_bounded_and_let_go(session: Session) -> None:
    session.cell("import numpy as np\nparts = [np.zeros(2**22) for _ in range(12)]\nx = np.zeros(2**20)")
    session.run("x[:] = 1")
    assert session.undo.bytes == 2 * 2**23  # as it was, and as the run left it
    assert session.undo.before("for p in parts:\n    p[:] = 1").lost == ("parts (too large)",)
    session.run("for p in parts:\n    p[:] = 1")
    assert session.undo.bytes == 0
    session.run("x[:] = 2")
    session.undo.forget()
    assert session.undo.bytes == 0
    assert session.undo.back() == "There is nothing to undo."


def test_a_long_list_is_kept_without_looking_at_each_of_it(session: Session) -> None:
    session.cell("x = list(range(10**6))")
    session.run("x.reverse()")
    assert "put back: x" in session.undo.back()
    assert session["x[0]"] == 0


def test_a_large_table_that_a_run_made_is_not_held(session: Session) -> None:
    session.cell("import numpy as np, pandas as pd, weakref")
    session.run("made = pd.DataFrame(np.zeros((10**6, 3)))")
    session.cell("seen = weakref.ref(made)\ndel made")
    assert session["seen()"] is None
    assert session.undo.back() == "Of the last run there is nothing to put back."


def test_tables_that_are_copied_when_written_cost_nothing(session: Session) -> None:
    session.cell("import numpy as np, pandas as pd\ndf = pd.DataFrame(np.zeros((10**6, 20)))")
    session.undo.keep(session.undo.before("df.loc[0, 3] = 1"))
    assert session.undo.bytes == 0


def test_values_that_are_written_where_they_are_are_written_back() -> None:
    import pandas as pd

    from kimi_jupyter.kernel.undo.pandas_contents import Written

    table = pd.DataFrame({"a": [1, 2], "t": pd.to_datetime(["2026-01-01", "2026-01-02"]), "s": ["x", "y"]})
    memory = table._mgr.arrays[0]
    kept = Written(table)
    assert kept.size > 0
    memory.flags.writeable = True
    memory[...] = 9
    table["new"] = 1
    assert kept.put(table) is table
    assert table.to_dict("list") == {
        "a": [1, 2],
        "t": list(pd.to_datetime(["2026-01-01", "2026-01-02"])),
        "s": ["x", "y"],
    }
    assert memory.ravel().tolist() == [1, 2]


# ---- in a kernel -----------------------------------------------------------------------------------------------------


@pytest.mark.kernel
def test_kimi_undo_puts_back_what_a_run_changed(kimi):
    kimi.kernel.execute("x, rows = 1, [1]")
    kimi.script(run("x = 2\nrows.append(2)\nnew = 3\n1 / 0"), say())
    asked = kimi.ask(answers=["y"])
    assert asked.prompts[0].startswith("Undo can put rows and x back and remove new.\nRun this? ")
    assert kimi.kernel.value("(x, rows, new)") == (2, [1, 2], 3)
    undone = kimi.kernel.execute("%kimi undo").text
    assert undone == "put back: x, rows\ntaken away: new\n"
    assert kimi.kernel.value("(x, rows, 'new' in globals())") == (1, [1], False)
    assert kimi.kernel.execute("%kimi undo").text == "There is nothing to undo.\n"


@pytest.mark.kernel
def test_a_front_end_is_offered_the_turn_and_a_key_that_undoes_just_that_run(kimi):
    def offer():
        ask = '__import__("sys").modules["kimi_jupyter.kernel.extension"].UndoOffer()'
        return kimi.kernel.expression(ask)["application/json"]

    kimi.kernel.execute("x = 1")
    assert offer() == {}
    kimi.script(run("x = 2"), say(), run("x = 3"), say())
    kimi.ask(answers=["y"])
    first = offer()
    assert first["line"] == "Undo the last run: x"
    kimi.ask(answers=["y"])
    second = offer()
    assert first["turn"] != second["turn"]
    late = kimi.kernel.execute(f"%kimi undo {first['key']}").text
    assert late == "Another run came after that one; nothing was undone.\n"
    assert kimi.kernel.value("x") == 3
    kimi.kernel.execute(f"%kimi undo {second['key']}")
    assert (kimi.kernel.value("x"), offer()) == (2, {})


def test_undo_is_for_what_ran_not_for_what_was_proposed(kimi):
    kimi.kernel.execute("x, y = [1], [1]")
    kimi.script(run("x.append(2)"), run("y.append(2)"), say())
    kimi.ask(answers=["e", "y.append(3)", "", "n"])
    assert kimi.kernel.value("(x, y)") == ([1], [1, 3])
    assert kimi.kernel.execute("%kimi undo").text == "put back: y\n"


@pytest.mark.kernel
def test_an_interrupted_run_can_be_undone(kimi):
    kimi.kernel.execute("rows = []")
    kimi.script(run("import time\nrows.append(1)\nprint('started')\ntime.sleep(60)"), say())
    stopped = []

    def stop_once(shown):
        if not stopped and any(output.get("text") == "started\n" for output in shown.outputs):
            stopped.append(True)
            kimi.kernel.interrupt()

    kimi.ask(answers=["y"], on_output=stop_once)
    assert kimi.kernel.value("rows") == [1]
    assert "put back: rows" in kimi.kernel.execute("%kimi undo").text
    assert kimi.kernel.value("rows") == []


@pytest.mark.kernel
def test_a_new_conversation_lets_go_of_what_was_kept(kimi):
    kimi.kernel.execute("x = 1")
    kimi.script(run("x = 2"), say())
    kimi.ask(answers=["y"])
    kimi.kernel.execute("%kimi new")
    assert kimi.kernel.execute("%kimi undo").text == "There is nothing to undo.\n"
    assert kimi.kernel.value("x") == 2


@pytest.mark.kernel
def test_effects_are_shown_and_know_names_of_earlier_cells(kimi):
    kimi.kernel.execute("from os import remove as tidy\nimport subprocess as sp\nsales = [1]")
    kimi.script(run("tidy('a.txt')\nsp.run(['ls'])\nopen('b.txt', 'w')\nout = sales"), say())
    asked = kimi.ask(answers=["n"])
    assert "reads sales · creates out · writes files b.txt · deletes files a.txt · shell ls\n" in asked.text
    assert asked.prompts[0].startswith("Undo can remove out; not files or what other programs do.\n")


@pytest.mark.kernel
def test_kimi_cell_makes_a_cell_of_what_worked(kimi):
    kimi.script(run("x = 1", "Start\nwith one"), run("1 / 0", "Fail"), run("y = 2", "No"), run("print(x)", ""), say())
    kimi.ask(answers=["y", "y", "n", "y"])
    for command, expected in [
        ("%kimi cell", "# step 1: Start with one\nx = 1\n\nprint(x)"),
        ("%kimi cell 4", "print(x)"),
        ("%kimi cell 1", "x = 1"),
    ]:
        (payload,) = kimi.kernel.execute(command).reply["payload"]
        assert (payload["source"], payload["text"], payload["replace"]) == ("set_next_input", expected, False)
    assert "Code ran in step 1, 4: %kimi cell 4" in kimi.kernel.execute("%kimi cell 2").text


@pytest.mark.kernel
def test_kimi_cell_without_code_says_so(kimi):
    kimi.script(say())
    kimi.ask()
    assert "No code of the last question has run to its end" in kimi.kernel.execute("%kimi cell").text
