"""Turns the words of a question into what is asked: its kind, its columns, its rows.

A question that leaves something out ("and by island?", "now plot it") takes it from the question before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from .tables import Column, Table
from .words import Condition, Mention, conditions, mentions

__all__ = ["STATISTICS", "Ask", "last_question", "pointed", "understand"]

#: Statistics by name in code, with the words that ask for them. The order matters: "number of" is weak.
STATISTICS: dict[str, str] = {
    "mean": r"averages?|means?|avg|平均",
    "median": r"medians?|中位数",
    "sum": r"sum|totals?|总和|合计",
    "std": r"std|standard deviations?|spread|标准差",
    "max": r"max(?:imum|ima)?|highest|largest|biggest|greatest|longest|heaviest|tallest|oldest|最大",
    "min": r"min(?:imum|ima)?|lowest|smallest|least|shortest|lightest|youngest|最小",
}
_CANNOT = (
    r"\b(?:poems?|jokes?|stor(?:y|ies)|songs?|translate|weather|e-?mails?|essays?|capital of|recipes?|predict\w*|forecast\w*|"
    r"extrapolat\w*|next (?:year|month|week|quarter)|why|causes?|causal\w*|reasons?|regress\w*|classif\w*|cluster\w*|train\w*|"
    r"machine learning|neural|p-values?|significan\w*|t-tests?|anova|scrape|download|install|sentiment|merge|join|pivot)\b"
    r"|为什么|预测"
)
_KINDS: tuple[tuple[str, str], ...] = (
    (
        "help",
        r"^\W*(?:hi|hello|hey|help|你好)\b\W*$|what can you do|who are you|what are you|how do you work|你能做什么",
    ),
    ("cannot", _CANNOT),
    ("clean", r"\bclean\w*\b|\btidy\b|\bsanitis\w+|\bsanitiz\w+|清理|清洗"),
    (
        "plot",
        r"\b(?:re)?plot\w*\b|\bcharts?\b|\bgraph\b|\bhistograms?\b|\bscatter\w*\b|\bdraw\b|\bvisuali[sz]\w+|\bbox ?plots?\b|画|图",
    ),
    ("correlation", r"\bcorrelat\w*|\brelationships?\b|\brelated\b|\bassociat\w*|相关"),
    ("duplicates", r"\bduplicat\w*|重复"),
    ("missing", r"\bmissing\b|\bnulls?\b|\bnans?\b|\bincomplete\b|\bempty (?:cells|values)\b|缺失"),
    (
        "trend",
        r"\btrends?\b|\bover time\b|\bper (?:day|week|month|year|quarter)\b|\bby (?:day|week|month|year|quarter)\b|"
        r"\b(?:dai|week|month|quarter|year)ly\b|\btime series\b|\bdevelop(?:ed|ment)\b|\bevolv\w+|趋势|按月|按年",
    ),
    (
        "top",
        r"\bmost (?:common|frequent|popular|often)\b|\bcommonest\b|\bvalue counts?\b|\bfrequenc\w+|\btop categor\w+|"
        r"\bhow often\b|\b(?:how many|number|count)s? (?:\w+ )?(?:of each|in each|for each|per|by)\b|最常见",
    ),
    ("distinct", r"\bdistinct\b|\bunique\b|\bhow many different\b|\bdifferent values\b|不同"),
    (
        "summary",
        r"\bsummar\w+|\bdescri\w+|\bstatistics\b|\boverview\b|\bdistribut\w+|\bwhat(?:'s| is) in\b|\btell me about\b|概括|描述",
    ),
    ("stat", rf"\b(?:{'|'.join(word for word in STATISTICS.values())})\b|\bcompar\w+|平均|总和|最大|最小"),
    ("extreme", r"\btop \d+\b|\bbottom \d+\b|\brank\w*|\bsort\w*"),
    (
        "head",
        r"\bfirst \w*\s?rows?\b|\bhead\b|\bshow (?:me )?(?:the |this )?(?:data|table|rows)\b|\bsample\b|\blook like\b|\bpreview\b",
    ),
    (
        "size",
        r"\bhow (?:many|big|large|long)\b|\bnumber of\b|\brows\b|\bsize\b|\bshape\b|\brow count\b|\bcount\b|多少|几行",
    ),
    ("columns", r"\bcolumns?\b|\bfields?\b|\bvariables\b|\bd?types?\b|\bschema\b|有哪些列"),
)
_SMALL = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10, "twenty": 20}
_BY = re.compile(
    r"(?:\bby|\bper|\bfor (?:each|every)|\bacross|\b(?:in|within|of|at|on) each|\beach|\bsplit by|\bamong|\bbetween|\bover|\bgrouped (?:by|on)|"
    r"\bcolou?red by|\bcompare|\bhue)\s+(?:the |all |different |various |groups of |groups in |groups by )*[`'\"]?$",
    re.IGNORECASE,
)
_WHICH = re.compile(r"\b(?:which|what)\s+(?:of the |is the |the )?[`'\"]?$", re.IGNORECASE)
_MAIN = re.compile(r"\b(?:the )?(?:main|biggest|most important) categor(?:y|ies)\b|主要类别", re.IGNORECASE)
_NUMERIC = re.compile(r"\b(?:numeric(?:al)?|number) (?:columns?|variables?|fields?|values?)|数值列", re.IGNORECASE)
_AGAIN = re.compile(
    r"^\W*(?:and|now|same|the same|also|what about|how about|but|then|only|just|ok|okay|please|use|instead|with|为)\b",
    re.IGNORECASE,
)
_THEM = re.compile(
    r"\b(?:them|they|these|those|both|the two|(?:it|this)(?! (?:table|data\w*|frame|csv|file|sheet|up\b)))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked.

    Attributes
    ----------
    kind
        ``size``, ``missing``, ``columns``, ``head``, ``summary``, ``top``, ``distinct``, ``duplicates``, ``stat``,
        ``extreme``, ``correlation``, ``trend``, ``plot``, ``clean``, ``help``, ``cannot`` or ``unknown``.
    question
        The words.
    values
        Columns that are measured or counted.
    by
        The column that makes groups, or that is time.
    statistic
        A key of :data:`STATISTICS`.
    where
        Conditions on the rows.
    number
        "top 5"; ``None`` if not said.
    descending
        Whether the high end is asked for.
    period
        ``year``, ``quarter``, ``month``, ``week``, ``day`` or ``""``.
    also
        Further kinds that the same question asks for.
    base
        The kind of the question before, for a plot of its result.
    main
        Whether the main category is meant, whatever it is called.
    numeric
        Whether all numeric columns are meant.
    them
        Whether it points back ("plot them").
    """

    kind: str
    question: str
    values: tuple[Column, ...] = ()
    by: Column | None = None
    statistic: str = "mean"
    where: tuple[Condition, ...] = ()
    number: int | None = None
    descending: bool = True
    period: str = ""
    also: tuple[str, ...] = ()
    base: str = ""
    main: bool = False
    numeric: bool = False
    them: bool = False
    shape: str = field(default="")


def last_question(text: str) -> str:
    """The sentence that asks, where a message also describes the table."""
    bare = re.sub(r"```.*?(?:```|$)", " ", text, flags=re.DOTALL)
    lines = [line for line in bare.split("\n") if line.strip() and not line.lstrip().startswith("|")]
    sentences = [
        part.strip() for line in lines for part in re.split(r"(?<=[?!。？])\s*|(?<=[.])\s+", line) if part.strip()
    ]
    asking = [part for part in sentences if part.endswith(("?", "？"))]
    if asking:
        return asking[-1]
    telling = [part for part in sentences if _kinds(part) and not re.search(r"data ?frame", part, re.IGNORECASE)]
    return telling[-1] if telling else (sentences[-1] if sentences else "")


def _kinds(text: str) -> list[str]:
    return [kind for kind, pattern in _KINDS if re.search(pattern, text, re.IGNORECASE)]


def understand(question: str, table: Table, before: Ask | None = None, answered: str = "") -> Ask:
    """What a question asks of a table.

    Parameters
    ----------
    question
        The user's words.
    table
        The table it is about, as far as it is known.
    before
        What the question before asked, if there was one.
    answered
        The answer to that: what "them" points at.
    """
    named = mentions(question, table)
    where, spans = conditions(question, table, named)
    rest = _blanked(question, spans)
    named = [mention for mention in named if not any(start <= mention.start < end for start, end in spans)]
    plain = _blanked(rest, [(mention.start, mention.end) for mention in named])
    ask = _read(question, plain, rest, named, tuple(where), table)
    if before is not None:
        ask = _continued(ask, before, plain)
    if ask.them and not ask.values and answered and ask.kind in ("plot", "stat", "summary", "trend"):
        ask = replace(ask, values=pointed(answered, table))
    return ask


def _blanked(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def pointed(answer: str, table: Table) -> tuple[Column, ...]:
    """The numeric columns that the first line of an answer names, in its order."""
    first = next((line for line in answer.split("\n") if line.strip()), "")
    seen = [column for mention in mentions(first, table) for column in mention.columns[:1] if column.role == "number"]
    return tuple(dict.fromkeys(seen))[:2]


def _read(
    question: str, plain: str, rest: str, named: list[Mention], where: tuple[Condition, ...], table: Table
) -> Ask:
    kinds = _kinds(plain)
    statistic = _statistic(plain)
    by, values = _roles(rest, named)
    kind = kinds[0] if kinds else ("summary" if values or by else "unknown")
    number, lowest = (
        _number(plain),
        bool(re.search(r"\b(?:lowest|smallest|least|bottom|fewest|min\w*|worst|shortest)\b", plain, re.IGNORECASE)),
    )
    if kind in ("stat", "summary", "extreme", "trend") and by is None and any(c.role == "number" for c in values):
        groups = [column for column in values if column.role == "text" and not column.holds_numbers]
        if len(groups) == 1 and len(values) > 1:
            by, values = groups[0], tuple(column for column in values if column != groups[0])
    if kind == "top" and by is not None and not values:
        values, by = (by,), None
    if kind == "size" and re.search(r"\bhow many\b|\bnumber of\b|\bcount\b|多少", plain, re.IGNORECASE):
        kind, by, values = _counted(by, values, plain)
    if (
        kind in ("stat", "size")
        and re.search(
            r"\b(?:top|bottom) (?:\d+|\w+)\b|\b\d+ (?:\w+est|\w+est \w+)\b|\bwhich rows?\b", plain, re.IGNORECASE
        )
        and values
    ):
        kind = "extreme"
    return Ask(
        kind,
        question,
        values,
        by,
        statistic or "mean",
        where,
        number,
        not lowest,
        _period(plain),
        tuple(
            other for other in kinds[1:] if {kind, other} == {"size", "missing"} and (other != "size" or _sized(plain))
        ),
        main=bool(_MAIN.search(plain)),
        numeric=bool(_NUMERIC.search(plain)),
        them=bool(_THEM.search(plain)),
        shape=_shape(plain),
    )


def _sized(plain: str) -> bool:
    return bool(
        re.search(
            r"\bhow (?:many|big|large)\b[^?]*\b(?:rows|columns|records)\b|\bshape\b|\bsize\b|几行|多少行",
            plain,
            re.IGNORECASE,
        )
    )


def _statistic(plain: str) -> str:
    return next(
        (
            name
            for name, words in STATISTICS.items()
            if re.search(rf"\b(?:{words})\b|平均" if name == "mean" else rf"\b(?:{words})\b", plain, re.IGNORECASE)
        ),
        "",
    )


def _roles(rest: str, named: list[Mention]) -> tuple[Column | None, tuple[Column, ...]]:
    """Which of the columns makes the groups, and which are measured."""
    by: Column | None = None
    values: list[Column] = []
    for mention in named:
        before = rest[: mention.start]
        groups = [column for column in mention.columns if column.role != "number"] or list(mention.columns)
        asked = _WHICH.search(before) and groups[0].role in ("text", "bool", "unknown") and len(named) > 1
        if by is None and ((_BY.search(before) and not _pairs(before)) or asked):
            by = groups[0]
        else:
            values.extend(column for column in mention.columns if column not in values)
    return by, tuple(values)


def _pairs(before: str) -> bool:
    """ "between a and b" names two measures, "compare a between b" one group."""
    return bool(
        re.search(r"\b(?:correlation|relationship|difference) between\s+(?:the )?[`'\"]?$", before, re.IGNORECASE)
    )


def _number(plain: str) -> int | None:
    number = rf"(\d{{1,3}}|{'|'.join(_SMALL)})"
    match = re.search(rf"\b(?:top|first|last|bottom)\s+{number}\b", plain, re.IGNORECASE) or re.search(
        rf"\b{number}\s+(?:most|largest|smallest|highest|lowest|biggest|longest|heaviest|rows?)\b", plain, re.IGNORECASE
    )
    if not match:
        return None
    return int(match[1]) if match[1].isdigit() else _SMALL[match[1].lower()]


def _counted(
    by: Column | None, values: tuple[Column, ...], plain: str
) -> tuple[str, Column | None, tuple[Column, ...]]:
    """ "How many species" counts values, "how many birds per species" counts rows, "how many rows" is the size."""
    if by is not None and not values:
        return "top", None, (by,)
    if re.search(r"\brows\b|\brecords\b|\bobservations\b", plain, re.IGNORECASE) or not values:
        return "size", by, values
    return ("top", None, (by,)) if by is not None else ("distinct", None, values)


def _period(plain: str) -> str:
    for name in ("year", "quarter", "month", "week", "day"):
        if re.search(rf"\b{name}(?:s|ly)?\b", plain, re.IGNORECASE) or (
            name == "day" and re.search(r"\bdaily\b", plain, re.IGNORECASE)
        ):
            return name
    return {"按月": "month", "按年": "year"}.get(next(iter(re.findall("按[月年]", plain)), ""), "")


def _shape(plain: str) -> str:
    for name, pattern in (
        ("histogram", r"histogram|distribut"),
        ("scatter", r"scatter|against|versus|\bvs\b"),
        ("box", r"box ?plot"),
        ("line", r"\bline\b|over time|trend"),
        ("bar", r"\bbars?\b"),
    ):
        if re.search(pattern, plain, re.IGNORECASE):
            return name
    return ""


def _continued(ask: Ask, before: Ask, plain: str) -> Ask:
    """What a question leaves out, from the one before it."""
    again = bool(_AGAIN.search(plain)) or ask.kind == "unknown" or (ask.kind == "summary" and not _kinds(plain))
    if ask.kind == "plot":
        pointing = ask.them or again or not (ask.values or ask.by or ask.main or ask.numeric)
        if pointing and before.kind not in ("cannot", "help", "unknown"):
            base = before.base if before.kind == "plot" else before.kind
            keep = before.values if base != "correlation" or len(before.values) == 2 else ()
            by = ask.by or (None if ask.main else before.by)
            return replace(
                ask,
                values=ask.values or keep,
                by=by,
                statistic=before.statistic,
                where=ask.where or before.where,
                base=base,
                period=ask.period or before.period,
                numeric=ask.numeric or before.numeric,
                main=ask.main or (before.main and ask.by is None),
                them=True,
            )
        return ask
    bare = not _kinds(plain) or (again and ask.kind in ("stat", "trend", "size", "columns"))
    anything = (
        ask.values
        or ask.by
        or ask.where
        or ask.main
        or re.search(rf"{'|'.join(STATISTICS.values())}|\btop\b", plain, re.IGNORECASE)
        or ask.period
    )
    if not (again and bare and anything) or before.kind in ("cannot", "help", "unknown"):
        return ask
    values, by = ask.values, ask.by
    if by is None and before.by is not None and values and not any(c.role == "number" for c in values):
        by, values = values[0], ()
    counting = before.kind in ("top", "distinct")
    if counting and by is not None and not values:
        values, by = (by,), None
    said = _statistic(plain)
    return replace(
        before,
        question=ask.question,
        values=values or before.values,
        by=by or before.by,
        statistic=said or before.statistic,
        where=_joined(before.where, ask.where),
        number=ask.number or before.number,
        period=ask.period or before.period,
        main=ask.main or (before.main and by is None and not (counting and values)),
        numeric=ask.numeric or (before.numeric and not values),
        kind="stat" if said and before.kind == "summary" else before.kind,
    )


def _joined(old: tuple[Condition, ...], new: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """New conditions take the place of old ones on the same column."""
    columns = {condition.column.name for condition in new}
    return (*(condition for condition in old if condition.column.name not in columns), *new)
