"""A model's Markdown: harmless in any renderer, else what it was (hazards UI-01 to UI-08, UI-15, UI-16, UI-24)."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbconvert.filters.markdown_mistune import markdown2html_mistune

from kimi_jupyter.view.address import safe_address
from kimi_jupyter.view.markdown import safe_markdown
from tests.view.harmless import MARKDOWN as ALLOWED
from tests.view.harmless import harmful, text_of
from tests.view.payloads import EVERYTHING, EVIL, HTML, MARKDOWN


def rendered(text: str) -> str:
    """As nbconvert shows it: with raw HTML let through, tables, maths, autolinks."""
    return markdown2html_mistune(safe_markdown(text))


UNTOUCHED = [
    "Plain text, *emphasis*, **bold**, ~~gone~~ and `code`.",
    "# Heading\n\nText\n\n## Another\n\n---\n\nMore",
    "- a\n- b\n  - c\n    more\n- [ ] open\n- [x] done\n\n1. one\n2. two",
    "| a | b |\n|---|---:|\n| 1 | `x` |",
    "a < b, 1 <2, x <= y, <3, a -> b, p<0.05, a & b",
    "$z = \\frac{x-\\mu}{\\sigma}$ and $|z| > 3$:\n\n$$\n\\sum_{i=1}^n x_i\n$$",
    "\\begin{align}\na &= b \\\\\nc &= d\n\\end{align}",
    "`df[0](x)` and `<b>` and ``a ` b`` and `$x$`",
    "df[0], a[i] and [1, 2, 3]",
    "[docs](https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.html#pandas.DataFrame)",
    "[mail](mailto:someone@example.org)",
    "See https://example.org/a_b?c=1&d=2 and www.example.org.",
    "> quoted\n> more\n>\n> - list",
    "```python\nx = '<img src=x>'\n\n\n[a](javascript:x)  \n```",
    "- item\n\n  ```python\n  if x:\n      y\n  ```\n\n- next",
    "> ```\n> <b>\n> ```",
    "````\n```\n````",
    "数据框有 344 行，其中 2 行缺失。👨‍👩‍👧 مرحبا",
]


@pytest.mark.parametrize("text", UNTOUCHED)
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    assert safe_markdown(text) == text


MENDED = [
    ("It costs $5 or $10.", "It costs \\$5 or \\$10."),
    ("It costs 5 $ or so", "It costs 5 \\$ or so"),
    ("![chart](data:image/png;base64,iVBORw0KGgo=)", " ![chart](data:image/png;base64,iVBORw0KGgo=)"),
    ("\\(x^2\\) and \\[\\sum x\\]", "$x^2$ and $$\\sum x$$"),
    ("~~~r\nx\n~~~", "```r\nx\n```"),
    ("```python title=x\nx", "```python\nx\n```"),
    ("text\n```\nx\n```\ntext", "text\n\n```\nx\n```\n\ntext"),
    ("    x = 1\n    y = 2", "```\nx = 1\ny = 2\n```"),
    ("<b>bold</b>", "&lt;b>bold&lt;/b>"),
    (f"![chart]({EVIL})", f"[image: chart]({EVIL})"),
    ("![chart](chart.png)", "&#33;&#91;chart&#93;(chart.png)"),
    ("[x](javascript:alert(1))", "&#91;x&#93;(javascript:alert(1))"),
    ("[a][r]\n\n[r]: https://example.org", "[a](https://example.org)\n\n[r](https://example.org): https://example.org"),
    ("<https://example.org/a>", "[https://example.org/a](https://example.org/a)"),
    ("<someone@example.org>", "[someone@example.org](mailto:someone@example.org)"),
    ('[a](https://example.org "title")', "[a](https://example.org)"),
    ("[a](https://example.org/a b)", "&#91;a&#93;(https://example.org/a b)"),
    ("[a](https://example.org/wiki/A_(b))", "[a](https://example.org/wiki/A_%28b%29)"),
    ("[a](https://example.org/ü)", "[a](https://example.org/%C3%BC)"),
    ("a ` b", "a \\` b"),
    ("a\r\nb\rc", "a\nb\nc"),
    ("red \x1b[31m \u202e", "red \\x1b&#91;31m \\u202e"),
    ("$\\href{javascript:x}{y}$", "\\$\\href{javascript:x}{y}\\$"),
    ("$a<b$", "$a\\lt b$"),
    ("```mermaid\ngraph TD\n```", "```text\ngraph TD\n```"),
]


@pytest.mark.parametrize(("text", "mended"), MENDED)
def test_what_is_not_is_mended(text: str, mended: str) -> None:
    assert safe_markdown(text) == mended


@pytest.mark.parametrize("text", EVERYTHING)
def test_hostile_markdown_is_harmless_when_rendered(text: str) -> None:
    assert harmful(rendered(text), ALLOWED) == []


@pytest.mark.parametrize("text", HTML[:8])
def test_raw_html_is_shown_as_the_text_it_was_written_with(text: str) -> None:
    shown = text_of(rendered(f"before {text} after"))
    assert shown.strip() == f"before {text} after"


def test_hostile_pieces_in_any_order_are_harmless() -> None:
    # Seeded: 2,000 documents of pieces that open and close what renderers disagree about.
    chance = random.Random(7)
    pieces = [
        "`",
        "```",
        "~~~",
        ">",
        "|",
        "\\",
        "$",
        "$$",
        "[",
        "](",
        "![",
        "]:",
        "<!--",
        "\\begin{a}",
        "\\end{a}",
        "www.a.b",
        "a",
        "*",
    ]
    pieces += ["\n", "\n\n", "    ", "- ", ": ", "\n|---|---|\n", "\n```\n", "\n  ```\n", "\n- ```\n", "\n> ```\n"]
    for _ in range(2_000):
        text = "".join(
            chance.choice(pieces) if chance.random() < 0.85 else chance.choice(EVERYTHING)
            for _ in range(chance.randint(3, 25))
        )
        assert harmful(rendered(text), ALLOWED) == [], text


@given(st.text("`~$[]()!<>\\|-:#*_ \nab", max_size=60))
def test_any_text_is_harmless(text: str) -> None:
    assert harmful(rendered(text + "`<img src=x>`" + text), ALLOWED) == []


@pytest.mark.parametrize("text", [*UNTOUCHED, *MARKDOWN])
def test_text_cut_anywhere_is_harmless(text: str) -> None:
    for end in range(0, len(text), 3):
        assert harmful(rendered(text[:end]), ALLOWED) == []


def test_code_is_byte_for_byte_what_it_was() -> None:
    code = "x = '''\n```\n'''  \n\n\n    # <b> [a](b) $x$ \\( &lt; ~~~\n\ty = `1`"
    for before in ("", "text\n", "- item\n\n", "# Heading\n"):
        shown = text_of(rendered(f"{before}````python\n{code}\n````\nafter"))
        assert code in shown


def test_code_in_a_list_and_in_a_quote_stays_code() -> None:
    in_a_list = rendered("1. one\n   ```text\n   x < 1\n   ```\n2. two")
    assert in_a_list.count("<ol>") == 1
    assert "x &lt; 1\n</pre>" in in_a_list
    assert "x &lt; 1" in rendered("> said\n> ```\n> x < 1\n> ```")


ADDRESSES = [
    ("https://example.org", "https://example.org"),
    ("http://example.org:8888/lab?x=1#y", "http://example.org:8888/lab?x=1#y"),
    ("HTTPS://Example.org/", "HTTPS://Example.org/"),
    ("mailto:a@example.org?subject=x y", "mailto:a@example.org?subject=xy"),
    ("https://example.org/%zz", "https://example.org/%25zz"),
    ("https://example.org/?a=1&amp;lt;=2", "https://example.org/?a=1&amp;lt;=2"),
    ("https://user@example.org", None),
    ("https://a.example\\@b.example", None),
    ("https://xn--80ak6aa92e.com", None),
    ("https://аpple.com", None),
    ("https://[::1]/", None),
    ("https://[", None),
    ("https:example.org", None),
    ("//example.org", None),
    ("example.org", None),
    ("#anchor", None),
    ("", None),
    ("java\tscript:alert(1)", None),
    ("&#x6a;avascript:alert(1)", None),
    ("mailto:nobody", None),
    ("https://example.org/" + "a" * 5000, None),
]


@pytest.mark.parametrize(("address", "safe"), ADDRESSES)
def test_addresses(address: str, safe: str | None) -> None:
    assert safe_address(address) == safe


def test_ui_24_too_much_is_shown_as_plain_text() -> None:
    table = "| a |\n|---|\n" + "| 1 |\n" * 10_000
    assert safe_markdown(table).startswith("```text\n| a |")
    assert safe_markdown("*" * 600_000).startswith("```text\n*")
    assert rendered("> " * 5_000 + "x").count("<blockquote>") <= 9
    assert rendered("- " * 5_000 + "x").count("<ul>") == 0
    assert rendered("\n".join("  " * depth + "- x" for depth in range(300))).count("<ul>") <= 40


UNITS = [
    "[",
    "![",
    "[a](",
    "](",
    "`",
    "```",
    "`a",
    "$",
    "$a",
    "\\(",
    "\\[",
    "\\begin{a}",
    "<a",
    "<https:",
    "https://",
    ">",
    "-",
    "\\`",
    "[a]",
    "!",
    "|",
    "*",
    "(((",
    "x",
]
UNITS += ["\n```\n", "\n~~~", "\n> a", "\n    a", "> ", "- ", "[a](" + " " * 30]


@pytest.mark.parametrize("unit", UNITS)
def test_cost_is_linear(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    start = time.process_time()
    safe_markdown(text)
    assert time.process_time() - start < 5
