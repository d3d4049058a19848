"""What code seems to do, from its text alone: snippets and the chips that are shown for them."""

from __future__ import annotations

import ast
import symtable
import time
from pathlib import Path

import pytest

from kimi_jupyter.agent.effects import effects
from kimi_jupyter.agent.effects.scopes import bound_names, parameters

#: What the session holds, with what it is as a kernel tells it.
SESSION = dict.fromkeys(["df", "other", "x", "rows", "cfg", "model", "conn", "handle", "count", "path", "e"], "") | {
    "pd": "pandas",
    "np": "numpy",
    "clean": "__main__.clean",
    "rm": "posix.remove",
    "harmless": "os",
    "peek": "builtins.getattr",
}

READS = [
    ("df.head()", {"reads": ["df"]}),
    ("len(df) + x", {"reads": ["df", "x"]}),
    ("pd.concat([df, other])", {"reads": ["df", "other"]}),
    ("print('hello')", {}),
    ("1 + 1", {}),
    ("unknown + 1", {"reads": ["unknown"]}),
    ("clean(df)", {"reads": ["clean", "df"]}),
    ("f'{df.shape} {x!r}'", {"reads": ["df", "x"]}),
    ("[row for row in rows]", {"reads": ["rows"]}),
    ("{k: v for k, v in cfg.items() if k != x}", {"reads": ["cfg", "x"]}),
    ("sum(a * b for a in rows for b in a)", {"reads": ["rows"]}),
    ("(lambda df: df + x)(1)", {"reads": ["x"]}),
    ("df.query('a > @x')", {"reads": ["df"]}),
    ("df.str_col.str.extract(r'(\\d)')", {"reads": ["df"]}),
    ("df.rename(columns={'a': 'b'}).replace(1, 2)", {"reads": ["df"]}),
    ("df.add(other, fill_value=0)", {"reads": ["df", "other"]}),
    ("df.sort('a')", {"reads": ["df"]}),
    ("await df", {"reads": ["df"]}),
    ("def f():\n    return df\n", {"creates": ["f"]}),
    ("def f():\n    return df\nf()", {"reads": ["df"], "creates": ["f"]}),
    ("def f(df):\n    return df\nf(1)", {"creates": ["f"]}),
    ("class A:\n    k = x\n    def m(self):\n        return k", {"reads": ["x"], "creates": ["A"]}),
]
CHANGES = [
    ("df = df.dropna()", {"reads": ["df"], "changes": ["df"]}),
    ("df = 1", {"changes": ["df"]}),
    ("df['a'] = 1", {"reads": ["df"], "changes": ["df"]}),
    ("df.loc[df.a > 1, 'b'] = 0", {"reads": ["df"], "changes": ["df"]}),
    ("df.iloc[0, 0] += 1", {"reads": ["df"], "changes": ["df"]}),
    ("df.columns = ['a']", {"reads": ["df"], "changes": ["df"]}),
    ("df.drop(columns='a', inplace=True)", {"reads": ["df"], "changes": ["df"]}),
    ("df.drop(columns='a', inplace=False)", {"reads": ["df"]}),
    ("df.fillna(0, inplace=x)", {"reads": ["df", "x"], "changes": ["df"]}),
    ("df.insert(0, 'n', 1)", {"reads": ["df"], "changes": ["df"]}),
    ("last = df.pop('a')", {"reads": ["df"], "changes": ["df"], "creates": ["last"]}),
    ("rows.append(1)", {"reads": ["rows"], "changes": ["rows"]}),
    ("rows.sort()", {"reads": ["rows"], "changes": ["rows"]}),
    ("rows.sort(key=len, reverse=True)", {"reads": ["rows"], "changes": ["rows"]}),
    ("cfg.update(a=1)", {"reads": ["cfg"], "changes": ["cfg"]}),
    ("cfg['a']['b'] = 1", {"reads": ["cfg"], "changes": ["cfg"]}),
    ("cfg['list'].append(1)", {"reads": ["cfg"], "changes": ["cfg"]}),
    ("cfg.setdefault('a', []).append(1)", {"reads": ["cfg"], "changes": ["cfg"]}),
    ("cfg.get('a').append(1)", {"reads": ["cfg"], "changes": ["cfg"]}),
    ("inner = cfg['a']\ninner.append(1)", {"reads": ["cfg"], "changes": ["cfg"], "creates": ["inner"]}),
    ("same = df\nsame['a'] = 1", {"reads": ["df"], "changes": ["df"], "creates": ["same"]}),
    ("out = df.copy()\nout['a'] = 1", {"reads": ["df"], "creates": ["out"]}),
    ("sub = df[df.a > 1]\nsub['b'] = 1", {"reads": ["df"], "creates": ["sub"]}),
    ("count += 1", {"reads": ["count"], "changes": ["count"]}),
    ("del cfg['a']", {"reads": ["cfg"], "changes": ["cfg"]}),
    ("del model.cache", {"reads": ["model"], "changes": ["model"]}),
    ("model.alpha = 2", {"reads": ["model"], "changes": ["model"]}),
    ("setattr(model, 'alpha', 2)", {"reads": ["model"], "changes": ["model"]}),
    ("model.fit(df, x)", {"reads": ["model", "df", "x"], "changes": ["model"]}),
    ("pred = model.predict(df)", {"reads": ["model", "df"], "creates": ["pred"]}),
    ("np.random.shuffle(rows)", {"reads": ["rows"], "changes": ["rows"]}),
    ("import random\nrandom.shuffle(rows)", {"reads": ["rows"], "changes": ["rows"]}),
    ("from heapq import heappush as push\npush(rows, 1)", {"reads": ["rows"], "changes": ["rows"]}),
    ("np.add(x, 1, out=x)", {"reads": ["x"], "changes": ["x"]}),
    ("for row in rows:\n    row['a'] = 1", {"reads": ["rows"], "changes": ["rows"], "creates": ["row"]}),
    ("for i, r in enumerate(rows):\n    r.clear()", {"reads": ["rows"], "changes": ["rows"], "creates": ["i", "r"]}),
    ("for k, v in cfg.items():\n    v.append(k)", {"reads": ["cfg"], "changes": ["cfg"], "creates": ["k", "v"]}),
    ("[r.clear() for r in rows]", {"reads": ["rows"], "changes": ["rows"]}),
    ("(first := rows).append(1)", {"reads": ["rows"], "changes": ["rows"], "creates": ["first"]}),
    ("for df in rows:\n    pass", {"reads": ["rows"], "changes": ["df"]}),
    ("if x:\n    df = 1\nprint(df)", {"reads": ["x", "df"], "changes": ["df"]}),
    ("df = 1\nprint(df)", {"changes": ["df"]}),
    ("a, df = 1, 2", {"changes": ["df"], "creates": ["a"]}),
    ("def f(p):\n    p.append(1)\nf(rows)", {"reads": ["rows"], "changes": ["rows"], "creates": ["f"]}),
    ("def f(a, *, p):\n    q = p\n    q['a'] = 1\nf(1, p=df)", {"reads": ["df"], "changes": ["df"], "creates": ["f"]}),
    ("def f():\n    global df\n    df = 1\nf()", {"changes": ["df"], "creates": ["f"]}),
    ("def f():\n    rows.append(1)", {"creates": ["f"]}),
    ("def f():\n    rows.append(1)\nlist(map(f, x))", {"reads": ["x", "rows"], "changes": ["rows"], "creates": ["f"]}),
    ("def f():\n    df = 1\n    df += 1\nf()", {"creates": ["f"]}),
    ("try:\n    1\nexcept OSError as e:\n    pass", {"changes": ["e"]}),
    ("import os\nos.environ['A'] = 'b'", {"changes": ["os.environ"]}),
    ("import os\nos.environ.update(A='b')", {"changes": ["os.environ"]}),
    ("import matplotlib.pyplot as plt\nplt.rcParams['a'] = 1", {"changes": ["matplotlib.pyplot.rcParams"]}),
    ("pd.options.display.max_rows = 5", {"changes": ["pandas.options.display"]}),
    ("conn.execute('DROP TABLE t')", {"reads": ["conn"], "changes": ["conn"]}),
    ("conn.execute('SELECT 1')", {"reads": ["conn"]}),
    ("df.to_sql('t', conn)", {"reads": ["df", "conn"], "changes": ["conn"]}),
    ("match rows:\n    case [first, *df]:\n        pass", {"reads": ["rows"], "changes": ["df"], "creates": ["first"]}),
]
CREATES = [
    ("out = df.head()", {"reads": ["df"], "creates": ["out"]}),
    ("import numpy as np\na = np.zeros(3)\na[0] = 1\na", {"creates": ["a"]}),
    ("import json, os.path", {}),
    ("from math import sqrt", {}),
    ("a: int = 1", {"creates": ["a"]}),
    ("a: int", {}),
    ("for _ in x:\n    pass", {"reads": ["x"]}),
    ("with x as y:\n    z = y", {"reads": ["x"], "creates": ["y", "z"]}),
    ("b = [c := 1]", {"creates": ["c", "b"]}),
    ("[y := a for a in x]", {"reads": ["x"], "creates": ["y"]}),
    ("def f(): pass\nasync def g(): pass\nclass C: pass", {"creates": ["f", "g", "C"]}),
    ("a = 1\ndel a", {}),
    ("del df", {"deletes": ["df"]}),
    ("del df, x", {"deletes": ["df", "x"]}),
    ("def f():\n    global made\n    made = 1\nf()", {"creates": ["f", "made"]}),
]
FILES = [
    ("df.to_csv('out.csv')", {"reads": ["df"], "writes files": ["out.csv"]}),
    ("df.to_csv()", {"reads": ["df"]}),
    ("df.to_csv(path_or_buf='a.csv', index=False)", {"reads": ["df"], "writes files": ["a.csv"]}),
    ("df.to_parquet(path)", {"reads": ["df", "path"], "writes files": ["path"]}),
    ("p = 'out.csv'\ndf.to_csv(p)", {"reads": ["df"], "creates": ["p"], "writes files": ["out.csv"]}),
    ("df.to_csv(f'{x}.csv')", {"reads": ["df", "x"], "writes files": ["f'{x}.csv'"]}),
    ("import io\nb = io.StringIO()\ndf.to_csv(b)", {"reads": ["df"], "creates": ["b"]}),
    ("df.to_html(None)", {"reads": ["df"]}),
    ("df.write_parquet('a.parquet')", {"reads": ["df"], "writes files": ["a.parquet"]}),
    ("open('a.txt').read()", {}),
    ("open('a.txt', 'rb')", {}),
    ("open('a.txt', 'w').write('b')", {"writes files": ["a.txt"]}),
    ("open('a.txt', mode='a')", {"writes files": ["a.txt"]}),
    ("open('a.txt', x)", {"reads": ["x"], "writes files": ["a.txt"]}),
    ("with open('a', 'w') as f:\n    f.write('b')", {"creates": ["f"], "writes files": ["a"]}),
    ("handle.write('b')", {"reads": ["handle"], "changes": ["handle"]}),
    ("from pathlib import Path\nPath('a.txt').write_text('b')", {"writes files": ["a.txt"]}),
    ("import pathlib\n(pathlib.Path('a') / 'b').write_bytes(b'')", {"writes files": ["a/b"]}),
    ("from pathlib import Path as P\np = P('a')\np.rename('b')", {"creates": ["p"], "writes files": ["b"]}),
    ("from pathlib import Path\nPath('a').open('w')", {"writes files": ["a"]}),
    ("path.mkdir(parents=True)", {"reads": ["path"], "writes files": ["path"]}),
    ("import os\nos.makedirs('d', exist_ok=True)", {"writes files": ["d"]}),
    ("import shutil\nshutil.copy('a', 'b')", {"writes files": ["b"]}),
    ("import matplotlib.pyplot as plt\nplt.savefig('a.png')", {"writes files": ["a.png"]}),
    ("fig = x.figure()\nfig.savefig('a.png')", {"reads": ["x"], "creates": ["fig"], "writes files": ["a.png"]}),
    ("np.save('a.npy', x)", {"reads": ["x"], "writes files": ["a.npy"]}),
    ("import gzip\ngzip.open('a.gz', 'wt')", {"writes files": ["a.gz"]}),
    ("import zipfile\nzipfile.ZipFile('a.zip').extractall('d')", {"writes files": ["d"]}),
    ("import sqlite3\nsqlite3.connect('a.db')", {"writes files": ["a.db"]}),
    ("import sqlite3\nsqlite3.connect(':memory:')", {}),
    ("conn.sql(\"COPY t TO 'a.parquet'\")", {"reads": ["conn"], "changes": ["conn"], "writes files": ["a.parquet"]}),
    ("import joblib\njoblib.dump(model, 'm.pkl')", {"reads": ["model"], "writes files": ["m.pkl"]}),
    ("import os\nos.remove('a')", {"deletes files": ["a"]}),
    ("import os as o\no.unlink('a')", {"deletes files": ["a"]}),
    ("from os import remove as r\nr('a')", {"deletes files": ["a"]}),
    ("import shutil\nshutil.rmtree(path)", {"reads": ["path"], "deletes files": ["path"]}),
    ("path.unlink()", {"reads": ["path"], "deletes files": ["path"]}),
    ("rm('a')", {"deletes files": ["a"]}),
    ("harmless.rmdir('a')", {"deletes files": ["a"]}),
    ("list(map(rm, rows))", {"reads": ["rows"], "deletes files": []}),
    ("pd.io.common.os.remove('a')", {"deletes files": ["a"]}),
    ("def f():\n    import os\n    os.remove('a')", {"creates": ["f"], "deletes files": ["a"]}),
]
OUTSIDE = [
    ("import requests\nrequests.get('https://a.org')", {"network": ["https://a.org"]}),
    ("import requests as r\ns = r.Session()", {"creates": ["s"], "network": []}),
    ("from urllib.request import urlopen\nurlopen(x)", {"reads": ["x"], "network": ["x"]}),
    ("from urllib.parse import quote\nquote(x)", {"reads": ["x"]}),
    ("pd.read_csv('https://a.org/b.csv')", {"network": ["https://a.org/b.csv"]}),
    ("pd.read_csv('b.csv')", {}),
    ("u = 'https://a.org'\npd.read_json(u)", {"creates": ["u"], "network": ["https://a.org"]}),
    ("pd.read_csv(f'https://a.org/{x}')", {"reads": ["x"], "network": ["https://a.org/"]}),
    ("pd.read_parquet('s3://b/c')", {"network": ["s3://b/c"]}),
    ("print('https://a.org')", {}),
    ("import socket\nsocket.socket()", {"network": []}),
    ("import seaborn as sns\nsns.load_dataset('tips')", {"network": ["tips"]}),
    (
        "import urllib.request\nurllib.request.urlretrieve(x, 'a')",
        {"reads": ["x"], "network": ["x"], "writes files": ["a"]},
    ),
    ("import os\nos.system('ls -la')", {"shell": ["ls -la"]}),
    ("from os import system as s\ns('ls')", {"shell": ["ls"]}),
    ("import subprocess\nsubprocess.run(['ls', x])", {"reads": ["x"], "shell": ["ls x"]}),
    ("import subprocess as sp\nsp.Popen('ls', stdout=sp.PIPE)", {"shell": ["ls"]}),
    ("x.check_output('ls')", {"reads": ["x"], "shell": ["ls"]}),
    ("import os\nrun = os.system\nrun('ls')", {"creates": ["run"], "shell": ["ls"]}),
    ("import os\nfor f in (os.system, print):\n    f('ls')", {"creates": ["f"], "shell": []}),
    ("import os\ngetattr(os, 'system')('ls')", {"shell": ["ls"], "dynamic": ["os as a value", "getattr system"]}),
    ("!ls -la", {"shell": ["ls -la"]}),
    ("!pip install polars", {"shell": ["pip install polars"], "installs": ["polars"]}),
    ("%pip install -q polars", {"installs": ["polars"], "dynamic": ["%pip"]}),
    ("import os\nos.system('pip install a b')", {"shell": ["pip install a b"], "installs": ["a b"]}),
    (
        "import subprocess, sys\nsubprocess.run([sys.executable, '-m', 'pip', 'install', 'a'])",
        {"shell": ["sys.executable -m pip install a"], "installs": ["a"]},
    ),
    ("import pip\npip.main(['install', 'a'])", {"installs": ["install a"]}),
    ("import ensurepip\nensurepip.bootstrap()", {"installs": []}),
]
LONG = [
    ("while True:\n    pass", {"long loop": ["while True"]}),
    ("while 1:\n    break", {"long loop": ["while 1"]}),
    ("while x:\n    break", {"reads": ["x"]}),
    ("for i in range(10**8):\n    pass", {"creates": ["i"], "long loop": ["range(10**8)"]}),
    ("for i in range(1000):\n    pass", {"creates": ["i"]}),
    ("sum(range(20_000_000))", {"long loop": ["range(20_000_000)"]}),
    ("for i, r in df.iterrows():\n    pass", {"reads": ["df"], "creates": ["i", "r"], "long loop": ["iterrows"]}),
    ("import time\ntime.sleep(60)", {"long loop": ["sleep 60"]}),
    (
        "for a in x:\n    for b in x:\n        for c in x:\n            pass",
        {"reads": ["x"], "creates": ["a", "b", "c"], "long loop": ["three loops nested"]},
    ),
    ("import itertools\nfor i in itertools.count():\n    pass", {"creates": ["i"], "long loop": []}),
]

#: Code that hides what it does: it must be called dynamic, whatever else is seen in it.
DYNAMIC = [
    "eval('1')",
    "exec(x)",
    "e2 = eval\ne2('1')",
    "(lambda f: f('1'))(eval)",
    "[eval][0]('1')",
    "import builtins\nbuiltins.exec('1')",
    "import builtins as b\ngetattr(b, 'ev' + 'al')('1')",
    "from builtins import eval as safe\nsafe('1')",
    "compile('1', '', 'eval')",
    "__import__('o' + 's').system('ls')",
    "__import__('os').system('ls')",
    "import importlib\nimportlib.import_module('os').system('ls')",
    "from importlib import import_module as load\nload(x)",
    "getattr(x, 'sys' + 'tem')('ls')",
    "getattr(x, cfg)",
    "peek(x, cfg)",
    "setattr(x, cfg, 1)",
    "globals()['x'] = 1",
    "locals()",
    "vars(x)['a'] = 1",
    "().__class__.__bases__[0].__subclasses__()",
    "(lambda: 0).__globals__['x']",
    "print.__self__",
    "x.__dict__['a']",
    "x.__reduce__()",
    "__builtins__['eval']('1')",
    "pd.read_csv = print",
    "import builtins\nbuiltins.print = None",
    "pd.DataFrame.mean = None",
    "import sys\nsys.path.append('a')",
    "import sys\nsys.modules['os'].system('ls')",
    "import sys\nsys._getframe(1)",
    "import sys\nsys.stdout = x",
    "import ctypes\nctypes.CDLL(None)",
    "import gc\ngc.get_objects()",
    "get_ipython().run_cell('1')",
    "ip = get_ipython()\nip.system('ls')",
    "import pickle\npickle.loads(x)",
    "pd.read_pickle('a')",
    "import marshal\nmarshal.loads(x)",
    "import types\ntypes.FunctionType(x, {})",
    "import runpy\nrunpy.run_path('a.py')",
    "import inspect\ninspect.currentframe()",
    "from os import *\nsystem('ls')",
    "import os\nm = [os]\nm[0].unusual('ls')",
    "import os\nclean(os)",
    "import os\nmatch os:\n    case object(system=s):\n        s('ls')",
    "class A:\n    __class_getitem__ = exec\nA['1']",
    "@exec\n@input\nclass A: pass",
    "from functools import partial\npartial(eval, '1')()",
    "from operator import attrgetter\nattrgetter('__class__.__bases__')(x)",
    "from operator import methodcaller\nmethodcaller(x, 1)(cfg)",
    "df.eval(x)",
    "df.query('@pd.io.common.os.system(\"ls\")')",
    "f'{eval(\"1\")}'",
    "def f(a=eval): return a\nf()('1')",
    "def f():\n    exec(x)",
    "%timeit 1",
    "not python at all",
    "x = (",
    "\x00",
    "-" * 20_000 + "1",
    "x = 1\n" * 20_000,
]

TABLE = [*READS, *CHANGES, *CREATES, *FILES, *OUTSIDE, *LONG]


@pytest.mark.parametrize(("source", "expected"), TABLE, ids=[source[:60] for source, _ in TABLE])
def test_chips(source: str, expected: dict[str, list[str]]) -> None:
    assert effects(source, names=SESSION).chips() == expected


@pytest.mark.parametrize("source", DYNAMIC, ids=[source[:60] for source in DYNAMIC])
def test_code_that_hides_what_it_does_is_called_dynamic(source: str) -> None:
    assert "dynamic" in effects(source, names=SESSION).chips()


KINDS = ["reads", "changes", "creates", "deletes", "writes files", "deletes files", "network", "shell", "installs",
         "long loop", "dynamic"]  # fmt: skip


def test_there_are_enough_snippets() -> None:
    assert len(TABLE) + len(DYNAMIC) >= 200


def test_kinds_come_in_a_fixed_order_and_no_list_is_long() -> None:
    source = "exec('')\nwhile True: pass\nimport os\nos.system('pip install a')\nos.remove('b')\ndel x\n"
    source += (
        "open('c', 'w')\npd.read_csv('https://a.org')\n" + "".join(f"n{i} = df{i}\n" for i in range(20)) + "df = 1"
    )
    chips = effects(source, names=SESSION).chips()
    assert list(chips) == KINDS
    assert {kind: len(values) for kind, values in chips.items() if len(values) > 1} == {"reads": 8, "creates": 8}


def test_names_alone_tell_what_is_read_from_what_is_new() -> None:
    assert effects("y = x").chips() == {"reads": ["x"], "creates": ["y"]}
    assert effects("y = x", names={"x", "y"}).chips() == {"reads": ["x"], "changes": ["y"]}


@pytest.mark.parametrize("source", [text for text, _ in TABLE] + DYNAMIC, ids=lambda source: source[:40])
def test_without_a_session_nothing_raises(source: str) -> None:
    effects(source)


def test_a_long_chain_or_sum_is_no_trouble() -> None:
    assert effects("y = x" + ".a()" * 150).chips() == {"reads": ["x"], "creates": ["y"]}
    assert effects("y = " + " + ".join(["x"] * 500)).chips() == {"reads": ["x"], "creates": ["y"]}


LINES = """\
out = (
    df.dropna(subset=["price"])
    .groupby(["shop", "month"], as_index=False)
    .agg(total=("price", "sum"), n=("price", "size"))
)
fig, ax = plt.subplots(figsize=(8, 4))
for shop, part in out.groupby("shop"):
    ax.plot(part["month"], part["total"], label=f"{shop}: {part['total'].sum():.0f}")
best = {shop: part["total"].max() for shop, part in out.groupby("shop")}
def share(frame, column): return frame.assign(share=lambda f: f[column] / frame[column].sum())
"""


def test_code_as_long_as_is_ever_shown_is_read_in_bounded_time() -> None:
    source = LINES * (64_000 // len(LINES))
    started = time.perf_counter()
    assert "dynamic" not in effects(source, names=SESSION).chips()
    assert time.perf_counter() - started < 2


def by_symtable(table: symtable.SymbolTable) -> dict[tuple[str, int], set[str]]:
    found = {}
    for inner in table.get_children():
        if isinstance(inner, symtable.Function):
            found[inner.get_name(), inner.get_lineno()] = set(inner.get_locals())
        found |= by_symtable(inner)
    return found


def by_us(tree: ast.Module) -> dict[tuple[str, int], set[str]]:
    return {
        (node.name, node.lineno): {*parameters(node.args), *bound_names(node.body)[0]}
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


@pytest.mark.parametrize("name", ["argparse", "asyncio/tasks", "dataclasses", "inspect", "tarfile", "unittest/mock"])
def test_names_are_those_that_python_itself_finds(name: str) -> None:
    text = (Path(ast.__file__).parent / f"{name}.py").read_text(encoding="utf-8")
    ours, theirs = by_us(ast.parse(text)), by_symtable(symtable.symtable(text, name, "exec"))
    compared = ours.keys() & theirs.keys()
    assert len(compared) > 20
    for where in compared:  # names that begin with two underscores are mangled in a class
        assert {n for n in ours[where] if "__" not in n} == {n for n in theirs[where] if "__" not in n}, where
