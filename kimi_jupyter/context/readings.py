"""What texts stand for: dates in a format, numbers with a unit, flags, steps of a scale, marks of a missing value.

Works on shapes (``99/99/9999``), of which a column has a few, and looks at values only to settle what a shape leaves
open. Imports no data library.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from .labels import known_unit
from .numbers import number as written

__all__ = ["PLACEHOLDERS", "Reading", "on_a_scale", "range_of", "read_texts"]

_MOST = 0.9  # share of the texts that must agree
_MONTHS = frozenset(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])
_PLACEHOLDERS = ("", " ", "-", "--", "?", ".", "n/a", "na", "n.a.", "#n/a", "nan", "null", "nil", "missing")
#: Texts that stand for a missing value in most people's tables, as they are mostly spelt.
PLACEHOLDERS = frozenset(spelt for text in _PLACEHOLDERS for spelt in (text, text.upper(), text.title())) | {"NaN"}
_CLOCK = r"(?P<clock>[ T]9{1,2}:99(?P<seconds>:99)?(?:\.9+)?(?P<zone> ?(?:A|[+-]99:?99))?)?"
_YEAR_FIRST = re.compile(rf"9999(?P<mark>[-/.])99(?P=mark)99{_CLOCK}")
_YEAR_LAST = re.compile(rf"9{{1,2}}(?P<mark>[-/.])9{{1,2}}(?P=mark)(?P<year>9999|99){_CLOCK}")
_NAMED = (
    (re.compile(r"9{1,2}(?P<mark>[ -])Aaa(?P=mark)(?:9999|99)"), "DD{mark}Mon{mark}{year}"),
    (re.compile(r"9{1,2} Aa{3,} 9999"), "DD Month {year}"),
    (re.compile(r"Aaa 9{1,2}, 9999"), "Mon DD, {year}"),
    (re.compile(r"Aa{3,} 9{1,2}, 9999"), "Month DD, {year}"),
)
_TIME = re.compile(r"9{1,2}:99(?P<seconds>:99)?(?P<half> ?(?:AA|aa))?")
_NUMBER = re.compile(
    r"(?P<before>[^\w\s.,+-]|AAA )?[+-]?(?P<before2>[^\w\s.,+-])?"
    r"(?P<body>9+(?:\.9+)?|9{1,3}(?P<thousands>,999)+(?:\.9+)?|9+(?P<comma>,9{1,2}))(?P<after> ?(?:[^\W\d]{1,6}|%))?"
)
_DIGITS = re.compile(r"[0-9][0-9,]*(?:\.[0-9]+)?")
_ORDERS = {"DDMMYYYY": (2, 1, 0), "MMDDYYYY": (2, 0, 1), "YYYYMMDD": (0, 1, 2)}
_DATE_LENGTH = 10
_FLAGS = tuple(frozenset(pair) for pair in (("yes", "no"), ("y", "n"), ("true", "false"), ("t", "f"), ("on", "off")))
_SCALES = tuple(
    {name: place for place, step in enumerate(scale.split(",")) for name in step.split("|")}
    for scale in (
        "lowest,very low,low,medium|moderate|mid|normal|average,high,very high,highest|critical|extreme",
        "strongly disagree,disagree,somewhat disagree,neutral|undecided,somewhat agree,agree,strongly agree",
        "never,rarely|seldom,sometimes|occasionally,often|frequently|usually,always",
        "terrible,very bad,bad|poor,fair|ok|average,good,very good,excellent|ideal",
        "very dissatisfied,dissatisfied,neutral,satisfied,very satisfied",
        "xxs,xs,s,m,l,xl,xxl,xxxl",
        "tiny,small,medium,large,extra large|huge",
        "none,mild,moderate,severe,critical",
        "bronze,silver,gold,platinum,diamond",
        "fair,good,very good,premium,ideal",
    )
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What most texts of a column stand for.

    Attributes
    ----------
    note
        In words: ``dates DD/MM/YYYY``, ``numbers as text in kg``.
    kind
        ``"dates"``, ``"numbers"`` or ``"flag"``.
    """

    note: str
    kind: str


def read_texts(values: Sequence[str], forms: Sequence[str]) -> Reading | None:
    """What these different texts stand for, ``None`` if they are just texts.

    Parameters
    ----------
    values
        Some different texts of a column.
    forms
        The shape of each: letters as ``A`` or ``a``, digits as ``9``.
    """
    pairs = [(value, form) for value, form in zip(values, forms, strict=True) if value not in PLACEHOLDERS]
    if len(pairs) == 2 and frozenset(value.lower() for value, _ in pairs) in _FLAGS:
        return Reading("boolean as text", "flag")
    if len(pairs) < 3 or not any("9" in form for form in frozenset(forms)):
        return None
    return _dates(pairs) or _numbers(pairs)


def on_a_scale(values: Sequence[str]) -> list[str]:
    """The texts in the order of a well-known scale that they all are steps of, else none: low, medium, high."""
    if not 3 <= len(values) <= 8:
        return []
    kept = [value for value in values if value not in PLACEHOLDERS]
    for scale in _SCALES:
        found = {value: scale.get(value.strip().lower().replace("_", " ")) for value in kept}
        steps = [place for place in found.values() if place is not None]
        if len(steps) == len(kept) >= 3 and len(set(steps)) == len(steps):
            return sorted(kept, key=lambda value: found[value] or 0) + [v for v in values if v in PLACEHOLDERS]
    return []


def range_of(values: Sequence[str], reading: Reading) -> tuple[str, str]:
    """The least and greatest of texts that stand for numbers, or the first and last of dates in one numeric format."""
    if reading.kind == "numbers":
        comma = "decimal comma" in reading.note
        numbers = [number for value in values if (number := _number(value, comma)) is not None]
        return (written(min(numbers)), written(max(numbers))) if numbers else ("", "")
    name = reading.note.removeprefix("dates ")
    order = _ORDERS.get(re.sub(r"[^YMD]", "", name))
    if reading.kind != "dates" or order is None or len(name) != _DATE_LENGTH:
        return "", ""
    mark = name.strip("YMD")[0]
    parts = [(value.split(mark), value) for value in values if len(value) <= _DATE_LENGTH]
    dated = [
        (tuple(int(part[place]) for place in order), value)
        for part, value in parts
        if len(part) == 3 and all(map(str.isdecimal, part))
    ]
    return (min(dated)[1], max(dated)[1]) if dated else ("", "")


def _number(value: str, comma: bool) -> float | None:
    match = _DIGITS.search(value)
    if match is None:
        return None
    digits = match[0].replace(",", "." if comma else "")
    return -float(digits) if "-" in value[: match.start()] else float(digits)


def _dates(pairs: list[tuple[str, str]]) -> Reading | None:
    found: dict[str, int] = {}
    formats = {
        form: _format(form, [value for value, other in pairs if other == form]) for form in {f for _, f in pairs}
    }
    for _, form in pairs:
        if name := formats[form]:
            found[name] = found.get(name, 0) + 1
    total = sum(found.values())
    if total < _MOST * len(pairs):
        return None
    found = _settled(found)
    if all(name.startswith("HH") for name in found):
        return Reading("times " + " or ".join(sorted(found)), "times")
    if len(found) == 1:
        return Reading(f"dates {next(iter(found))}", "dates")
    ranked = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[:4]
    return Reading("dates mixed: " + " ".join(f"{name} {100 * count / total:.0f} %" for name, count in ranked), "dates")


def _settled(found: dict[str, int]) -> dict[str, int]:
    """Formats that leave the order of day and month open joined with the one that settles it."""
    settled: dict[str, int] = {}
    for name, count in found.items():
        first, _, second = name.partition(" or ")
        known = first if not second or first in found else second if second in found else name
        settled[known] = settled.get(known, 0) + count
    return settled


def _format(form: str, values: list[str]) -> str:
    """The date or time format of texts of one shape, ``""`` if they are none."""
    if match := _YEAR_FIRST.fullmatch(form):
        return f"YYYY{match['mark']}MM{match['mark']}DD{_clock(match)}"
    if match := _YEAR_LAST.fullmatch(form):
        mark, year = match["mark"], "Y" * len(match["year"])
        return _day_or_month(mark, year, [value.split(mark)[:2] for value in values], _clock(match))
    for pattern, name in _NAMED:
        if (match := pattern.fullmatch(form)) and all(_month_in(value) for value in values):
            mark = match.groupdict().get("mark") or ""
            name = name.format(mark=mark, year="YYYY" if form.endswith("9999") else "YY")
            may = "Mon " in name and all("May" in value for value in values)  # short and long are the same
            return f"{name} or {name.replace('Mon', 'Month')}" if may else name
    if match := _TIME.fullmatch(form):
        return f"HH:MM{':SS' if match['seconds'] else ''}{' AM/PM' if match['half'] else ''}"
    return ""


def _clock(match: re.Match[str]) -> str:
    if not match["clock"]:
        return ""
    return f"{match['clock'][0]}HH:MM{':SS' if match['seconds'] else ''}{' with zone' if match['zone'] else ''}"


def _day_or_month(mark: str, year: str, parts: list[list[str]], clock: str) -> str:
    first, second = (max(int(part[place]) for part in parts) for place in (0, 1))
    day_first, month_first = (f"{one}{mark}{other}{mark}{year}{clock}" for one, other in (("DD", "MM"), ("MM", "DD")))
    if first > 31 or second > 31 or (first > 12 and second > 12):
        return ""
    if first > 12 or second > 12:
        return day_first if first > 12 else month_first
    return f"{day_first} or {month_first}"


def _month_in(value: str) -> bool:
    return any(word[:3].lower() in _MONTHS for word in re.findall(r"[A-Za-z]+", value))


def _numbers(pairs: list[tuple[str, str]]) -> Reading | None:
    matches = {form: _NUMBER.fullmatch(form) for form in {form for _, form in pairs}}
    read = [(value, match) for value, form in pairs if (match := matches[form])]
    if len(read) < _MOST * len(pairs):
        return None
    tally = Counter(_unit(value, match) for value, match in read)
    units = sorted(unit for unit, count in tally.items() if count > 1)  # what one row has is the row's own
    odd = sum(count for unit, count in tally.items() if unit and count == 1)
    if odd > (1 - _MOST) * len(read) or len(units) > 3 or any(not _is_unit(unit) for unit in units if unit):
        return None
    if not any(units) and any(value.startswith("0") and value[1:2].isdigit() for value, _ in read):
        return Reading("digits with leading zeros", "code")
    said = "numbers as text"
    if named := [unit for unit in units if unit]:
        said += f" in {' or '.join(named)}" + (" or no unit" if "" in units else "")
    if any(match["thousands"] for _, match in read):
        said += " with thousands commas"
    elif any(match["comma"] for _, match in read):
        said += " with a decimal comma"
    return Reading(said, "numbers")


def _unit(value: str, match: re.Match[str]) -> str:
    """What stands before or after the number in a text of this shape."""
    before, after = match["before"] or match["before2"] or "", match["after"] or ""
    if before:
        start = match.start("before") if match["before"] else match.start("before2")
        return value[start : start + len(before)].strip()
    return value[match.start("after") :].strip() if after else ""


def _is_unit(text: str) -> bool:
    """A sign, a known unit, or a short word in small letters; codes such as ``12A`` are no amounts."""
    return not text.isalnum() or bool(known_unit(text)) or text.islower() or text in ("V", "W", "A", "K", "L", "M")
