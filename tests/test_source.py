"""What is shown is what runs: the canonical text of code to approve (hazards §2.2, families INP and APP)."""

from __future__ import annotations

import ast
import asyncio
import hashlib
import inspect
import json
import random
import sqlite3
import subprocess
import sys
import threading
import time
import warnings

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kimi_jupyter.agent.characters import describe, escape, hidden, lookalike
from kimi_jupyter.agent.source import MAX_BYTES, Refusal, Source, canonical, digest

EMOJI_FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


def text_of(code: str) -> str:
    made = canonical(code)
    assert isinstance(made, Source), made
    return made.text


def refusal_of(code: str) -> str:
    made = canonical(code)
    assert isinstance(made, Refusal), made
    return made.message


# ---- what is taken as it is ------------------------------------------------------------------------------------------

FINE = [
    "x = 1",
    "\n\n  # a comment\nx = 1",
    "if x:\n\tprint('a')",
    "await asyncio.sleep(0)\nasync for a in b:\n    pass",
    "[await f(a) async for a in b]",
    "df.groupby('Straße')['größe'].mean()",
    "größe = 3\nΔx = σ_y + μ",
    "売上_total = 1",
    "рост = 1",
    "print('مرحبا', 'שלום', '日本語', '👍', 'e\u0301', 'a\u00a0b')",
    "print('m² ﬁ ① ｅval', x2)\nx2 = 1  # x² and ﬁ",
    "print(f'{x2} x² {m2!r:>10} m²')",
    "m = '\\u202e \\u200d \\x00 \\ufe0f'",
    "re.compile('\\d+')\nif x is 1: pass",
    "x = (5\n%2)\ny = a if b else c",
    "'''\n%%bash\n!ls\n>>> x\nIn [3]: y\n'''",
    "x: int = 3\nd['In']: int = 4",
    "ls -la",
    "exit",
    "x = 1;",
    "# only a comment",
    "get_ipython().run_line_magic('time', 'x')",
    "match a:\n    case {'k': [1, *rest]}:\n        pass",
    "x = '%s' % 3",
]


@pytest.mark.parametrize("code", FINE)
def test_takes_plain_python_byte_for_byte(code: str) -> None:
    assert canonical(code) == Source(code)


def test_ends_without_a_line_end() -> None:
    assert text_of("x = 1\n") == text_of("x = 1 \n\t\n  \n") == text_of("x = 1") == "x = 1"
    assert text_of("\n\nx = 1") == "\n\nx = 1"


def test_what_a_trailing_semicolon_means_is_kept() -> None:
    assert text_of("df.head();  \n") == "df.head();"


@pytest.mark.parametrize("code", ["", "  ", "\n\n", "\t\r\n", "\r"])
def test_says_that_there_is_no_code(code: str) -> None:
    assert "no code" in refusal_of(code)


# ---- INP -------------------------------------------------------------------------------------------------------------


def test_inp_01_a_lone_cr_is_a_line_end_that_everybody_sees() -> None:
    assert text_of("x = 1 # harmless\rprint(2)\r\ny = 3\n\rz = 4") == "x = 1 # harmless\nprint(2)\ny = 3\n\nz = 4"


HIDDEN = [
    ("inp_02", "x = 1\b", "\\x08"),
    ("inp_02", "x = '\x1b[2K'", "\\x1b"),
    ("inp_02", "x = 1 # \x7f", "\\x7f"),
    ("inp_03", "if level != 'user\u202e \u2066// admin\u2069 \u2066':\n    pass", "\\u202e"),
    ("inp_03", "x = 1 # \u2067", "RIGHT-TO-LEFT ISOLATE"),
    ("inp_03", "x = '\u061c\u200e\u200f'", "\\u061c"),
    ("inp_04", "x\u200bx = 1", "\\u200b"),
    ("inp_04", "x = 'a\u200bb'", "ZERO WIDTH SPACE"),
    ("inp_04", "x = 'a\u2060\u00adb'", "\\xad"),
    ("inp_04", "\u1160 = 1", "HANGUL JUNGSEONG FILLER"),
    ("inp_04", "a\u3164 = 1", "HANGUL FILLER"),
    ("inp_04", "x = '\u2800'", "BRAILLE"),
    ("inp_05", "x = 'a\U000e0041\U000e0042'", "\\U000e0041"),
    ("inp_05", "x = 'a\ufe0f'", "VARIATION SELECTOR-16"),
    ("inp_05", "x = '\U000e0101\U000e01ef'", "\\U000e0101"),
    ("inp_05", "x = '\u180b'", "MONGOLIAN"),
    ("inp_05", "x = '\ue000\U000f0000'", "a private character"),
    ("inp_05", f"print('{EMOJI_FAMILY}')", "as an escape \\u200d"),
    ("inp_08", "\x0c    x = 1", "\\x0c"),
    ("inp_08", "x = 1\x0b", "\\x0b"),
    ("inp_08", "x = 1 # \x85print(2)", "\\x85"),
    ("inp_08", "x = 1 # \u2028print(2)", "LINE SEPARATOR"),
    ("inp_09", "x = 1\x00", "\\x00"),
    ("inp_09", "\ufeffx = 1", "\\ufeff"),
    ("inp_09", "x = '\ufeff'", "ZERO WIDTH NO-BREAK SPACE"),
    ("inp_09", "x = '\ud800'", "half of a surrogate pair"),
    ("inp_09", "x = '\udc80'", "\\udc80"),
    ("inp_09", "x = '\uffff\ufdd0\U0001ffff'", "an unassigned character"),
    ("inp_09", "x = '\u0378'", "\\u0378"),
]


@pytest.mark.parametrize(("hazard", "code", "word"), HIDDEN)
def test_refuses_what_a_reader_cannot_see(hazard: str, code: str, word: str) -> None:
    message = refusal_of(code)
    assert word in message, hazard
    assert "escape" in message
    assert not hidden(message)
    assert len(message) < 1000


def test_tells_the_place_of_what_is_hidden() -> None:
    assert "line 2, column 6: U+200B ZERO WIDTH SPACE" in refusal_of("x = 1\ny = 'a\u200b'".replace("'a", "'"))
    assert [(one.line, one.column) for one in hidden("a\x00\n\x01b\x00\x01")] == [(1, 2), (2, 1)]


def test_a_hundred_kinds_of_hidden_characters_make_a_short_message() -> None:
    message = refusal_of("'" + "".join(map(chr, range(0xE0020, 0xE0080))) + "'")
    assert "and 91 more" in message
    assert len(message) < 1000


def test_every_escape_that_is_advised_is_that_character() -> None:
    for character in "\x00\x85\u202e\ufeff\U000e0041\ud800":
        assert ast.literal_eval(f"'{escape(character)}'") == character
        assert describe(character).startswith("U+")


NFKC = [
    ("ｅval('1')", "eval"),
    ("𝐞𝐯𝐚𝐥('1')", "eval"),
    ("o\u017f.remove('x')", "os"),
    ("import o\u017f", "os"),
    ("from o\u017f import path as p", "os"),
    ("import a.ｂ as c", "b"),
    ("x.ｅxec", "exec"),
    ("def ｆ(): pass", "f"),
    ("def f(ａ): pass", "a"),
    ("f(ａ=1)", "a"),
    ("class Ａ: pass", "A"),
    ("try: pass\nexcept E as ｅ: pass", "e"),
    ("def f():\n    global ｇ\n    ｇ = 1", "g"),
    ("match x:\n    case A(ｋ=1): pass", "k"),
    ("match x:\n    case {**ｒest}: pass", "rest"),
    ("lambda ａ: 0", "a"),
    ("print(f'{ｅval(1)}')", "eval"),
    ("print(f'{x:{ｗidth}}')", "width"),
    ("print(f'{x!r:>{ｗ}} {{ｙ}}')", "w"),
    ("e\u0301 = 1", "é"),
    ("print('ｅval', ｅval)", "eval"),
    ("x = 'a' 'b'\nª = 1", "a"),
]


@pytest.mark.parametrize(("code", "form"), NFKC)
def test_inp_06_refuses_names_that_python_reads_otherwise(code: str, form: str) -> None:
    message = refusal_of(code)
    assert f"is {form!r}" in message
    assert "\\" in message  # the name is also told in ASCII


def test_inp_06_tells_the_line() -> None:
    assert "line 3:" in refusal_of("x = 'ｅval'\n\nｅval(x)")


LOOKALIKES = [
    ("р\u0430ss_word = 1", "'pass_word'"),
    ("s\u0441ore = 1", "'score'"),
    ("\u0441\u043e\u0440\u0443 = 1", "'copy'"),
    ("x.\u0455um()", "'sum'"),
    ("import o\u0455", "'os'"),
    ("\u03bdalue = 1", "'value'"),
    ("\u0391 = \u0392\u0392 = 1", "'BB'"),
    ("\u0445 = 1", "'x'"),
    ("pr\u0131nt(1)", "'print'"),
    ("def f(\u13aa\u13aa): pass", "'AA'"),
]


@pytest.mark.parametrize(("code", "twin"), LOOKALIKES)
def test_inp_07_flags_names_that_pass_for_others(code: str, twin: str) -> None:
    made = canonical(code)
    assert isinstance(made, Source)
    assert made.text == code
    assert len(made.flags) == 1
    assert twin in made.flags[0]
    assert made.flags[0].isascii()


@pytest.mark.parametrize(
    "name", ["value", "größe", "рост", "σ", "ν", "σ_x", "x_ρ", "Δx", "売上", "售价_a", "naïve", "λ1"]
)
def test_inp_07_leaves_honest_names_alone(name: str) -> None:
    assert lookalike(name) is None


@pytest.mark.parametrize(
    "code", ["# -*- coding: utf-7 -*-\nx = 1", "#!/usr/bin/python\n# vim: set fileencoding=utf-7 :\nx = 1"]
)
def test_inp_10_a_coding_cookie_is_flagged_and_without_effect(code: str) -> None:
    made = canonical(code)
    assert isinstance(made, Source)
    assert made.text == code
    assert "'utf-7'" in made.flags[0]
    cloaked = canonical("# coding: utf-7\nx = '+ACc-'\n")
    assert isinstance(cloaked, Source)
    names: dict[str, object] = {}
    exec(cloaked.text, names)
    assert names["x"] == "+ACc-"


def test_inp_10_a_third_line_declares_nothing() -> None:
    assert canonical("\n\n# coding: utf-7") == Source("\n\n# coding: utf-7")


NOTATION = [
    ("%matplotlib inline\nimport numpy", "figures appear by themselves"),
    ("import numpy\n%matplotlib inline", "figures appear by themselves"),
    ("%pip install x", "user's to install"),
    ("!pip install x", "user's to install"),
    ("!ls", "subprocess.run"),
    ("!!ls", "subprocess.run"),
    ("files = !ls", "subprocess.run"),
    ("if x:\n    !ls", "subprocess.run"),
    ("t = %timeit -o f()", "perf_counter"),
    ("%%time\nx = 1", "perf_counter"),
    ("%%bash\nls", "subprocess.run"),
    ("\n \n%%bash\nls", "subprocess.run"),
    ("%%html\n<b>", "plain Python"),
    ("%unheard_of", "magic %unheard_of"),
    ("?x", "help(x)"),
    ("??x", "help(x)"),
    ("df.head?", "help(x)"),
    ("x??", "help(x)"),
    (">>> x = 1\n... y", "prompts"),
    ("In [3]: x = 1", "prompts"),
    ("In [3]: print('x')", "prompts"),
    ("In[3]: print('x')", "prompts"),
    ("Out[3]: 5", "prompts"),
    ("x = 1\nIn [3]: y = 1", "prompts"),
    ("In [3]:\nx = 1", "prompts"),
    ("   ...: x = 1", "prompts"),
    (",f a b", "parentheses"),
    (";f a b", "parentheses"),
    ("/f a", "parentheses"),
    ("```python\nx = 1\n```", "Markdown fence"),
]


@pytest.mark.parametrize(("code", "advice"), NOTATION)
def test_inp_11_refuses_what_only_ipython_understands(code: str, advice: str) -> None:
    message = refusal_of(code)
    assert advice in message
    assert len(message) < 600


SYNTAX = [
    ("x = = 1", "invalid syntax (line 1: x = = 1)"),
    ("x = 1\nprint 'a'", "line 2"),
    ("  x = 1", "unexpected indent"),
    ("if x:\npass", "expected an indented block"),
    ("x = (1", "never closed"),
    ("return 1", "'return' outside function"),
    ("def f():\n    await x", "'await' outside async function"),
    ("yield 1", "outside function"),
    ("nonlocal x", "nonlocal"),
    ("x = “a”", "invalid character"),
    ("a\u00a0= 1", "U+00A0"),
    ("x = '\\N{NO SUCH NAME}'", "unicode error"),
    ("The data has 3 rows.", "not valid Python"),
    ("if x:\n\ty\n        z", "line 3"),
    ("x = " + "9" * 5000, "4300 digits"),
]


@pytest.mark.parametrize(("code", "words"), SYNTAX)
def test_tells_the_syntax_error_and_its_line(code: str, words: str) -> None:
    assert words in refusal_of(code)
    assert len(refusal_of(code)) < 500


# ---- APP -------------------------------------------------------------------------------------------------------------


def test_app_05_refuses_more_than_64_kib() -> None:
    line = "x = 1  # " + "é" * 50 + "\n"
    fits = (line * (MAX_BYTES // len(line.encode())))[:-1]
    assert text_of(fits) == fits
    for code in (fits + "\n" + line, "#" * (MAX_BYTES + 1), "#" * 1_000_000, "\ud800" * MAX_BYTES):
        message = refusal_of(code)
        assert "65,536" in message
        assert "several calls" in message
    assert isinstance(canonical("#" * MAX_BYTES), Source)


NESTED = {
    "minus": "-" * 60_000 + "1",
    "not": "not " * 16_000 + "1",
    "attributes": "a" + ".b" * 30_000,
    "sum": "1+" * 30_000 + "1",
    "lambda": "lambda:" * 9_000 + "1",
    "parentheses": "(" * 60_000,
    "braces": "{1:" * 90 + "!" + "}" * 90,
    "calls": "a" + "()" * 30_000,
    "subscripts": "a" + "[0]" * 20_000,
    "elif": "if a: pass\n" + "elif a: pass\n" * 4_900,
    "power": "2**" * 20_000 + "1",
    "loops": "".join(" " * n + "for a in b:\n" for n in range(30)) + " " * 30 + "pass",
    "indents": "".join(" " * n + "if a:\n" for n in range(120)) + " " * 120 + "pass",
}


@pytest.mark.parametrize("name", NESTED)
def test_no_nesting_brings_it_down(name: str) -> None:
    started = time.monotonic()
    assert isinstance(canonical(NESTED[name]), Refusal)
    assert time.monotonic() - started < 5


def test_no_nesting_brings_down_a_thread() -> None:
    made: list[Source | Refusal] = []
    thread = threading.Thread(target=lambda: made.extend(map(canonical, NESTED.values())))
    thread.start()
    thread.join(60)
    assert [type(one) for one in made] == [Refusal] * len(NESTED)


def test_warnings_of_the_compiler_are_not_shown_and_do_not_refuse() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert text_of("x = '\\d'\nx is 1\nassert (1, 'x')") == "x = '\\d'\nx is 1\nassert (1, 'x')"
    assert caught == []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        text_of("x = '\\d'\nx is 1")


def test_the_canonical_text_compiles_as_it_will_be_run() -> None:
    code = "import asyncio\r\nx = await asyncio.sleep(0, 41)\rx += 1"
    names: dict[str, object] = {}
    compiled = compile(text_of(code), "<cell>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    result = eval(compiled, names)
    assert inspect.iscoroutine(result)
    asyncio.run(result)
    assert names["x"] == 42


def test_what_this_package_imports_from_the_future_does_not_reach_the_code() -> None:
    assert text_of("x: (await y) = 1") == "x: (await y) = 1"  # refused where annotations are postponed


def test_needs_no_ipython() -> None:
    script = (
        "import sys; import kimi_jupyter.agent.source as s; s.canonical('%x'); "
        "print(sorted({'IPython', 'ipywidgets', 'comm', 'pandas', 'jsonschema'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# ---- the digest ------------------------------------------------------------------------------------------------------


def test_the_digest_is_the_hash_of_the_netstrings_that_its_docstring_names() -> None:
    netstrings = b"21:kimi-jupyter source 1,6:x = \xc3\xa9,3:k-1,2:12,"
    assert digest("x = é", kernel="k-1", epoch=12) == hashlib.sha256(netstrings).hexdigest()


def test_app_15_the_digest_tells_text_kernel_and_epoch_apart() -> None:
    parts = [
        ("a", "b", 1),
        ("ab", "", 1),
        ("a", "b1", 1),
        ("a", "b", 11),
        ("a", "b", -1),
        ("a,1:b", "", 1),
        ("\ud800", "", 0),
    ]
    assert len({digest(text, kernel=kernel, epoch=epoch) for text, kernel, epoch in parts}) == len(parts)


CHARACTERS = st.one_of(st.characters(codec="utf-8"), st.sampled_from("\r\n\t'\"\\#{}%!?;:=()\x00\u202e\ud800ｅ\u0430"))
FRAGMENTS = st.sampled_from("x=1\n\r(:)%!#\\[]*;,ｅ\u0430\u200b") | st.sampled_from(
    [
        "\r\n",
        "    ",
        "if x:",
        "'é'",
        "'²'",
        "f'{x}'",
        "f'{ｅ}'",
        "In [3]:",
        "await",
        '"""',
        "def f():",
        "pass",
        "lambda",
    ]
)
CODE = st.text(CHARACTERS, max_size=60) | st.lists(FRAGMENTS, max_size=15).map(" ".join)


@given(CODE)
@example("\x00")
@example("\ud800")
@example("x = 1 \\\n")
@example("\\")
@settings(max_examples=400, deadline=None)
def test_never_raises_and_is_idempotent(code: str) -> None:
    made = canonical(code)
    if isinstance(made, Refusal):
        assert made.message
        assert len(made.message) < 3000
        return
    assert canonical(made.text) == made
    made.text.encode("utf-8")
    assert not hidden(made.text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        before, after = (compile(text, "<cell>", "exec", flags=flags, dont_inherit=True) for text in (code, made.text))
    assert ast.dump(before) == ast.dump(after)


def test_app_24_the_digest_survives_json_and_sqlite() -> None:
    dice = random.Random(24)
    pieces = [
        "x = 1",
        "größe = 'ü'",
        "print('日本 👍')",
        "'''\n\n'''",
        "s = '\\u202e\\x00'",
        "if x:\r\n\ty = 2",
        "# \"' \\ \t|",
        "a\r",
    ]
    store = sqlite3.connect(":memory:")
    store.execute("CREATE TABLE code (id INTEGER PRIMARY KEY, text TEXT, digest TEXT)")
    sources: list[str] = []
    for _ in range(2_000):
        text = text_of("\n".join(dice.choices(pieces, k=dice.randint(1, 6))))
        sources.append(text)
        store.execute("INSERT INTO code (text, digest) VALUES (?, ?)", (text, digest(text, kernel="k", epoch=1)))
    for text, (stored, kept) in zip(sources, store.execute("SELECT text, digest FROM code ORDER BY id"), strict=True):
        for ascii_only in (True, False):
            wire = json.dumps({"code": stored}, ensure_ascii=ascii_only).encode("utf-8")
            arrived = json.loads(wire)["code"]
            assert arrived == text
            assert digest(arrived, kernel="k", epoch=1) == kept
            assert canonical(arrived) == Source(text)
    store.close()
