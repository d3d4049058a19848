"""What kind of thing a question asks for, told by its words.

Pure text, in English and a little Chinese. The order of the patterns is their rank.
"""

from __future__ import annotations

import re

__all__ = [
    "STATISTICS",
    "asks",
    "kinds_of",
    "last_question",
    "number_of",
    "period_of",
    "shape_of",
    "statistic_of",
]

#: Statistics by name in code, with the words that ask for them. The order matters: "number of" is weak.
STATISTICS: dict[str, str] = {
    "mean": r"averages?|means?|avg",
    "median": r"medians?",
    "sum": r"sum|totals?",
    "std": r"std|standard deviations?|spread",
    "max": r"max(?:imum|ima)?|highest|largest|biggest|greatest|longest|heaviest|tallest|oldest",
    "min": r"min(?:imum|ima)?|lowest|smallest|least|shortest|lightest|youngest",
}
#: The same in Chinese, which has no spaces to stand between.
_HAN = {"mean": "平均", "median": "中位数", "sum": "总和|合计", "std": "标准差", "max": "最大", "min": "最小"}
_CANNOT = (
    r"\b(?:poems?|jokes?|songs?|essays?|write (?:me |us )?an? |tell (?:me|us) an? )"
    r"|\btranslate\b|\bcapital of\b|\bweather (?:today|tomorrow)\b"
    r"|\b(?:predict|forecast|extrapolat)\w*|\bnext (?:year|month|week|quarter)\b"
    r"|\bwhy\b|\bcause[sd]?\b|\bcausal\w*|\breasons?\b"
    r"|\b(?:regress|classif|cluster)\w*|\btrain an?\b|\bmachine learning\b|\bneural\b|\bp-values?\b|\bsignifican\w*"
    r"|\bt-tests?\b|\banova\b|\b(?:scrape|download|install|sentiment|merge|join|pivot)\b|为什么|预测"
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
        (
            r"\b(?:re)?plot\w*\b|\bcharts?\b|\bgraph\b|\bhistograms?\b|\bscatter\w*\b|\bdraw\b|\bvisuali[sz]\w+"
            r"|\bbox ?plots?\b|画|图"
        ),
    ),
    ("correlation", r"\bcorrelat\w*|\brelationships?\b|\brelated\b|\bassociat\w*|相关"),
    ("duplicates", r"\bduplicat\w*|重复"),
    ("missing", r"\bmissing\b|\bnulls?\b|\bnans?\b|\bincomplete\b|\bempty (?:cells|values)\b|缺失"),
    (
        "trend",
        (
            r"\btrends?\b|\bover time\b|\b(?:per|by) (?:day|week|month|year|quarter)\b"
            r"|\b(?:dai|week|month|quarter|year)ly\b"
            r"|\btime series\b|\bdevelop(?:ed|ment)?\b|\bevolv\w+|趋势|按月|按年"
        ),
    ),
    (
        "top",
        (
            r"\bmost (?:common|frequent|popular|often)\b|\bcommonest\b|\bvalue counts?\b|\bfrequenc\w+|\btop categor\w+"
            r"|\bhow often\b|\b(?:how many|number|count)s? (?:\w+ )?(?:of each|in each|for each|per|by)\b|最常见"
        ),
    ),
    ("distinct", r"\bdistinct\b|\bunique\b|\bhow many different\b|\bdifferent values\b|不同"),
    (
        "summary",
        (
            r"\bsummar\w+|\bdescri\w+|\bstatistics\b|\boverview\b|\bdistribut\w+"
            r"|\bwhat(?:'s| is) in\b|\btell me about\b"
            r"|概括|描述"
        ),
    ),
    ("stat", rf"\b(?:{'|'.join(STATISTICS.values())})\b|\bcompar\w+|{'|'.join(_HAN.values())}"),
    ("extreme", r"\btop \d+\b|\bbottom \d+\b|\brank\w*|\bsort\w*"),
    (
        "head",
        (
            r"\bfirst \w*\s?rows?\b|\bhead\b|\bshow (?:me )?(?:the |this )?(?:data|table|rows)\b"
            r"|\bsample\b|\blook like\b"
            r"|\bpreview\b"
        ),
    ),
    (
        "size",
        r"\bhow (?:many|big|large|long)\b|\bnumber of\b|\brows\b|\bsize\b|\bshape\b|\brow count\b|\bcount\b|多少|几行",
    ),
    ("columns", r"\bcolumns?\b|\bfields?\b|\bvariables\b|\bd?types?\b|\bschema\b|有哪些列"),
)
_SMALL = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10, "twenty": 20}
_SHAPES = (
    ("histogram", r"histogram|distribut"),
    ("scatter", r"scatter|against|versus|\bvs\b"),
    ("box", r"box ?plot"),
    ("line", r"\bline\b|over time|trend"),
    ("bar", r"\bbars?\b"),
)
_PERIODS = (
    ("year", r"\byear(?:s|ly)?\b|按年"),
    ("quarter", r"\bquarter(?:s|ly)?\b"),
    ("month", r"\bmonth(?:s|ly)?\b|按月"),
    ("week", r"\bweek(?:s|ly)?\b"),
    ("day", r"\bdays?\b|\bdaily\b"),
)


def asks(pattern: str, text: str) -> bool:
    """Whether a pattern is in a text, whatever the case."""
    return re.search(pattern, text, re.IGNORECASE) is not None


def kinds_of(text: str) -> list[str]:
    """The kinds that a text's words fit, the strongest first."""
    return [kind for kind, pattern in _KINDS if asks(pattern, text)]


def statistic_of(text: str) -> str:
    """The statistic that is asked for, ``""`` if none."""
    return next((name for name, words in STATISTICS.items() if asks(rf"\b(?:{words})\b|{_HAN[name]}", text)), "")


def period_of(text: str) -> str:
    """The period that is asked for, ``""`` if none."""
    return next((name for name, pattern in _PERIODS if asks(pattern, text)), "")


def shape_of(text: str) -> str:
    """The kind of plot that is asked for, ``""`` if none is said."""
    return next((name for name, pattern in _SHAPES if asks(pattern, text)), "")


def number_of(text: str) -> int | None:
    """The n of "top n"."""
    number = rf"(\d{{1,3}}|{'|'.join(_SMALL)})"
    match = re.search(rf"\b(?:top|first|last|bottom)\s+{number}\b", text, re.IGNORECASE) or re.search(
        rf"\b{number}\s+(?:most|largest|smallest|highest|lowest|biggest|longest|heaviest|rows?)\b", text, re.IGNORECASE
    )
    if not match:
        return None
    return int(match[1]) if match[1].isdigit() else _SMALL[match[1].lower()]


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
    telling = [part for part in sentences if kinds_of(part) and not asks(r"data ?frame", part)]
    return telling[-1] if telling else (sentences[-1] if sentences else "")
