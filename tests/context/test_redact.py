"""Credentials are found by their shape, known secrets by value, and ordinary text is left alone."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimi_jupyter.context.redact import count_hidden, redact

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow" + "A" * 200 + "\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("key is sk-proj-abc123def456ghi789jkl", "abc123def456"),
        ("sk-abcdefghijklmnopqrstuvwxyzabcd", "ijklmnop"),
        ("sk-or-v1-0123456789abcdef0123456789abcdef", "0123456789abcdef"),
        ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "ghp_"),
        ("github_pat_11ABCDEFG0abcdefghijkl_xyz", "11ABCDEFG"),
        ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
        ("aws_secret_access_key = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'", "wJalrXUtnFEMI"),
        (KEY, "MIIEow"),
        (KEY[:120], "MIIEow"),
        ("Authorization: Bearer abcdef0123456789.xyz", "abcdef0123456789"),
        ("postgresql://user:hunter2pass@db.example.com/x", "hunter2pass"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-DEF_123", "eyJzdWIi"),
        ('password = "correct horse"', "correct horse"),
        ("{'api_key': 'abcd1234efgh'}", "abcd1234efgh"),
        ("MOONSHOT_API_KEY=abcdef123456", "abcdef123456"),
        ("os.environ['OPENAI_API_KEY'] = 'verysecretvalue'", "verysecretvalue"),
        ("hf_abcdefghijklmnopqrstuvwx", "hf_abc"),
        ("xoxb-123456789012-abcdefghij", "123456789012"),
        ("AIzaSyA1234567890abcdefghijklmnopqrstuv", "AIzaSy"),
    ],
)
def test_credentials_are_hidden(text: str, secret: str) -> None:
    shown, count = redact(f"before {text} after")
    assert secret not in shown
    assert count == 1
    assert count_hidden(shown) == 1
    assert shown.startswith("before ")
    assert redact(shown) == (shown, 0)


@pytest.mark.parametrize(
    "text",
    [
        "risk-assessment-for-2024-and-beyond",
        "the bearer of responsibilities",
        "https://example.com/path?a=b@c",
        "df.groupby('key').token.mean()",
        "password = getpass()",
        "api_key = os.environ['KEY']",
        "skating 2024-01-01T00:00:00",
        "primary key: customer_id",
        "token counts: 12345678",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert redact(text) == (text, 0)


@given(st.text(min_size=4, max_size=60), st.text(max_size=50))
def test_a_known_secret_is_never_left(secret: str, around: str) -> None:
    forms = [secret, quote(secret.encode("utf-8", "surrogatepass"), safe="")]
    forms.append(base64.b64encode(secret.encode("utf-8", "surrogatepass")).decode().rstrip("="))
    for form in forms:
        shown, count = redact(around + form + around, [secret])
        assert count >= 1
        assert form not in shown or form in "[known secret hidden]"


def test_short_secrets_hide_nothing() -> None:
    assert redact("a cat sat", ["cat", ""]) == ("a cat sat", 0)
