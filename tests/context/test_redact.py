"""Credentials are found by their shape, known secrets by value, and ordinary text is left alone."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimi_jupyter.context.redact import KINDS, count_hidden, hidden_in_words, redact

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


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1111",
        "5500-0000-0000-0004",
        "378282246310005",
        "a,4111111111111111,1",
        "6011000990139424.",
        "a@b.co",
        "john.o'hara+x@sub.example.co.uk",
        "+49 30 1234567",
        "+1 (555) 123-4567",
        "+33 1 23 45 67 89",
        "+8613812345678",
        "(555) 123-4567",
        "212.555.0187",
        "030 1234567",
        "tel:+44 20 7946 0958",
        "DE89 3704 0044 0532 0130 00",
        "GB82WEST12345698765432",
        "FR14 2004 1010 0505 0001 3M02 606",
    ],
)
def test_personal_data_is_hidden(text: str) -> None:
    hidden, count = redact(f"x {text} y")
    assert count == 1
    assert hidden.startswith("x ")
    assert not any(part in hidden for part in (text, text[:6], text[-6:]))


@pytest.mark.parametrize(
    "text",
    [
        "2021-01-03T10:00:00+01:00",
        "2021-01-03 12:34:56.123456",
        "1609459200000",
        "1234567890",
        "4111111111111112",
        "0.4111111111111111",
        "52.5200066, 13.404954",
        "+1234567.5 -12.5",
        "550e8400-e29b-41d4-a716-446655440000",
        "SKU-1234-5678",
        "192.168.100.200",
        "1,234,567.89",
        "978-3-16-148410-0",
        "(0.25, 0.75] (100, 200)",
        "1980-2020-3040",
        "@decorator user@host",
        "v1.2.3-4.5",
        "DE88 3704 0044 0532 0130 00",
        "AB12CDEF3456GHIJ7890",
        "XX89370400440532013000",
        "3.141592653589793",
    ],
)
def test_ordinary_data_is_left_alone(text: str) -> None:
    assert redact(text) == (text, 0)


@pytest.mark.parametrize("table", ["penguins", "dates", "places", "prices"])
def test_ordinary_tables_have_nothing_hidden(table: str) -> None:
    import numpy as np
    import pandas as pd

    from kimi_jupyter.context import describe

    draw = np.random.default_rng(7)
    made = {
        "penguins": lambda: pd.read_csv("example_notebooks/penguins.csv"),
        "dates": lambda: pd.DataFrame({"t": pd.date_range("1999-01-01", periods=5000, freq="h").astype(str)}),
        "places": lambda: pd.DataFrame({"lat": draw.uniform(-90, 90, 5000), "lon": draw.uniform(-180, 180, 5000)}),
        "prices": lambda: pd.DataFrame(
            {"ms": draw.integers(10**12, 2 * 10**12, 5000), "p": draw.normal(1e6, 1e5, 5000)}
        ),
    }
    assert count_hidden(describe(made[table](), table, tokens=4_000)) == 0


def test_what_is_hidden_is_told_by_kind() -> None:
    text, count = redact("a@b.co, c@d.org, 4111111111111111, sk-proj-abc123def456ghi789jkl")
    assert count == 4
    assert hidden_in_words(text) == "4 values hidden (1 API key, 1 card number, 2 e-mails)"
    assert hidden_in_words("nothing") == ""


def test_the_setting_names_every_kind() -> None:
    from kimi_jupyter.settings import Settings

    assert Settings().redact == list(KINDS)


@pytest.mark.parametrize("dtype", ["int64", "float64", "str", "object", "Int64"])
def test_card_numbers_are_hidden_whatever_they_are_stored_as(dtype: str) -> None:
    import pandas as pd

    from kimi_jupyter.context import describe

    cards = [4111111111111111, 5500000000000004, 4012888888881881, 4222222222222220]
    told = describe(pd.DataFrame({"card": pd.Series(cards).astype(dtype), "n": [1, 2, 3, 4]}), "t")
    assert not any(str(card)[:8] in told for card in cards), told
    assert dtype == "float64" or count_hidden(told) >= 2  # of a float no more than six digits are told


def test_kinds_can_be_left_visible_and_credentials_cannot() -> None:
    text, _ = redact("a@b.co 4111111111111111 sk-proj-abc123def456ghi789jkl", kinds=("cards",))
    assert text == "a@b.co [card number hidden] [API key hidden]"


@pytest.mark.parametrize("name", ["password", "API_KEY", "db_passwd", "client_secret", "access_token"])
def test_a_text_is_hidden_by_the_name_it_goes_by(name: str) -> None:
    from kimi_jupyter.context import build, describe

    assert "hunter2" not in describe("hunter2", name)
    context = build(f"What is {name}?", namespace={name: "hunter2"}, cells=[])
    assert "hunter2" not in context.text
    assert context.hidden == 1
    assert "hunter2" in describe("hunter2", "token_count_note")
