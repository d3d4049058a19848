"""What a column's label tells by itself, its unit and whether it holds ids, and whether a question names it.

Imports nothing of ours and no data library.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

__all__ = ["canonical", "is_id", "known_unit", "named", "spellings", "spoken", "unit_of"]

_LONGEST = 80
_DROPPED = {code: None for code in range(0x80) if not chr(code).isalnum()}
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+|[%°€$£]")
_TOKEN = re.compile(r"\w+")
_QUOTED = re.compile(r"[\"'`“]([^\"'`\n“”]{1,80})[\"'`”]")
_READ = 4_000  # characters of a prompt
_RUN = 5
_PLURAL = 4  # letters from which a last s may be that of a plural
_BRACKETS = re.compile(r"[(\[]\s*([^()\[\]]{1,10}?)\s*[)\]]\s*$")
_SPELT = (
    "kg mg lbs oz km cm mm µm nm ft ms kWh kW MW MWh Hz kHz MHz GHz kcal kJ mL dB bpm rpm ppm ppb hPa kPa mbar psi mmHg"
    " mph KB MB GB TB °C °F % km/h m/s m/s² $ € £ ¥ USD EUR GBP JPY CHF CNY INR CAD AUD SEK m² ft² mg/L mg/dL mmol/L"
    " µg/m³ kg/m² lb mi min"
)
_ALIASES = (
    "inches=in kmh=km/h kph=km/h mps=m/s pct=% percent=% percentage=% m2=m² sqm=m² sqft=ft² celsius=°C fahrenheit=°F"
    " kelvin=K euro=EUR euros=EUR dollars=USD mgdl=mg/dL degc=°C degf=°F sec=s secs=s hrs=h mins=min"
)
_UNITS = {unit.lower(): unit for unit in _SPELT.split(" ")} | dict(pair.split("=") for pair in _ALIASES.split(" "))
del _UNITS["min"]  # mostly the least of something
#: Units of a letter or so, that only mean one after the name of a quantity.
_AFTER = {
    quantity: dict(pair.split("=") for pair in units.split(" "))
    for quantities, units in (
        ("temp temperature", "c=°C f=°F k=K"),
        ("height length width depth distance altitude elevation", "m=m"),
        ("duration elapsed latency time", "s=s h=h min=min"),
        ("weight mass", "g=g t=t"),
        ("voltage", "v=V"),
        ("power", "w=W"),
        ("volume", "l=L"),
    )
    for quantity in quantities.split(" ")
}
_ID_WORDS = "id ids key code zip zipcode postcode postal phone fax ssn isbn sku uuid guid no nr num fips"
_IDS = frozenset(_ID_WORDS.split(" "))


def canonical(text: str) -> str:
    """Letters and digits alone, in lower case: ``bill_length_mm`` and ``Bill Length (mm)`` are one."""
    return text.lower().translate(_DROPPED)


def spellings(label: Any) -> tuple[str, ...]:
    """How a question may name this column, canonically: in full, or without its unit."""
    if type(label) is not str or not 0 < len(label) <= _LONGEST:
        return ()
    whole = canonical(label)
    head, _, tail = label.rstrip(")] ").replace("(", "_").replace("[", "_").rpartition("_")
    return (whole, canonical(head)) if head and (tail.lower() in _UNITS or len(tail) == 1) else (whole,)


def named(label: Any, focus: frozenset[str]) -> bool:
    """Whether a question names this column; see :func:`spoken`."""
    return bool(focus) and any(spelling in focus for spelling in spellings(label))


def spoken(prompt: str) -> frozenset[str]:
    """What of a prompt may be the name of a column or a value: its runs of up to five words, canonically."""
    tokens = [canonical(token) for token in _TOKEN.findall(prompt[:_READ])]
    runs = {"".join(tokens[start : start + size]) for size in range(1, _RUN + 1) for start in range(len(tokens))}
    runs.update(run.removesuffix("s") for run in list(runs) if len(run) > _PLURAL)
    quoted = (canonical(text) for text in _QUOTED.findall(prompt[:_READ]))
    return frozenset(run for run in runs.union(quoted) if 0 < len(run) <= _LONGEST)


@lru_cache(maxsize=4096)
def unit_of(label: str) -> str:
    """The unit that a label names, ``""`` if none: ``temp_c`` is in °C, ``weight (kg)`` in kg."""
    if len(label) > _LONGEST:
        return ""
    if match := _BRACKETS.search(label):
        return known_unit(match[1]) or _after(label[: match.start()], match[1])
    if label.endswith("%"):
        return "%"
    *head, tail = label.replace(" ", "_").split("_")
    if not head:
        return ""
    return known_unit(f"{head[-1]}/{tail}") or known_unit(tail) or _after("_".join(head), tail)


def known_unit(text: str) -> str:
    """The unit that a text is, as it is written, ``""`` if it is none that is known."""
    return _UNITS.get(text.lower(), "")


@lru_cache(maxsize=4096)
def is_id(label: str) -> bool:
    """Whether a label says that its numbers are names and no quantities: ``customer_id``, ``zip``."""
    parts = [word.lower() for word in _WORD.findall(label[:_LONGEST])]
    return bool(parts) and (parts[-1] in _IDS or parts[0] in ("zip", "postal"))


def _after(quantity: str, letter: str) -> str:
    parts = [word.lower() for word in _WORD.findall(quantity)]
    return next((_AFTER[word].get(letter.lower(), "") for word in reversed(parts) if word in _AFTER), "")
