"""The tables the digest was worked on with. Made from fixed seeds, or from what scikit-learn and plotly ship."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.data
from sklearn.datasets import load_wine

from .atoms import Missing, Number, Pattern, Question, Table, Unique, words

__all__ = ["first_tables"]

_DAY_FIRST = r"DD/MM/YYYY|day first|%d/%m/%Y|\b(1[3-9]|2\d|3[01])/\d\d/\d{4}"


def first_tables() -> list[Table]:
    """All of them."""
    return [_passengers(), _orders(), _sensors(), _survey(), _wine(), _countries(), _messy(), _tips()]


def _passengers() -> Table:
    rng = np.random.default_rng(11)
    rows = 891
    age = np.round(rng.gamma(6, 5, rows), 0)
    age[rng.random(rows) < 0.2] = np.nan
    cabin = np.array([f"{letter}{number}" for letter, number in zip("ABCDEF" * 149, range(891), strict=False)], object)
    cabin[rng.random(rows) < 0.77] = None
    port = rng.choice(["S", "C", "Q"], rows, p=[0.72, 0.19, 0.09]).astype(object)
    port[[61, 829]] = None
    frame = pd.DataFrame(
        {
            "PassengerId": np.arange(1, rows + 1),
            "Survived": rng.integers(0, 2, rows),
            "Pclass": rng.choice([1, 2, 3], rows, p=[0.24, 0.21, 0.55]),
            "Name": [f"{last}, Mr. {first} {number}" for number, (last, first) in enumerate(_names(rng, rows))],
            "Sex": rng.choice(["male", "female"], rows, p=[0.65, 0.35]),
            "Age": age,
            "SibSp": rng.choice([0, 1, 2, 3, 4, 5, 8], rows, p=[0.68, 0.23, 0.03, 0.02, 0.02, 0.01, 0.01]),
            "Ticket": [f"A/5 {number}" if number % 3 else str(110000 + number) for number in range(rows)],
            "Fare": np.round(rng.exponential(32, rows), 4),
            "Cabin": cabin,
            "Embarked": port,
        }
    )
    ask = Question
    return Table(
        "passengers",
        frame,
        (
            ask("What is the mean fare of passengers who embarked at Southampton?", words("Fare", "Embarked", "S")),
            ask("How many passengers boarded at Queenstown (Q)?", words("Embarked", "Q")),
            ask("Survival rate of female passengers in first class", words("Survived", "Sex", "female", "Pclass", "1")),
            ask("How many values of age are missing?", (Missing("Age", int(frame["Age"].isna().sum()), rows),)),
            ask("Which column has most missing values?", (Missing("Cabin", int(frame["Cabin"].isna().sum()), rows),)),
            ask("Does PassengerId identify a row?", (Unique("PassengerId", rows),)),
            ask("What is the highest fare?", (*words("Fare"), Number(float(frame["Fare"].max())))),
            ask("Extract the title (Mr., Mrs.) from the name", (*words("Name"), Pattern(r", Mr\. "))),
            ask("Skewness of age", words("Age", "float64|DOUBLE")),
            ask("Rows where the deck letter of the cabin is E", (*words("Cabin"), Pattern(r"\b[A-F]\d+\b|A9"))),
            ask("Passengers with 8 siblings or spouses aboard", (*words("SibSp"), Number(8))),
        ),
    )


def _names(rng: np.random.Generator, rows: int) -> list[tuple[str, str]]:
    last = rng.choice(["Smith", "Jones", "Braund", "Allen", "Moran", "Palsson", "Sandstrom"], rows)
    first = rng.choice(["Owen", "William", "James", "Charles", "Karl"], rows)
    return list(zip(last.tolist(), first.tolist(), strict=True))


def _orders() -> Table:
    rng = np.random.default_rng(12)
    rows = 1200
    days = pd.Timestamp("2023-01-01") + pd.to_timedelta(np.sort(rng.integers(0, 700, rows)), unit="D")
    states = ["shipped", "delivered", "returned", "cancelled", "pending", "on hold", "lost"]
    frame = pd.DataFrame(
        {
            "order_id": [f"ORD-{number:05d}" for number in range(40001, 40001 + rows)],
            "customer_id": rng.integers(1000, 1400, rows),
            "order_date": days.strftime("%d/%m/%Y"),
            "status": rng.choice(states, rows, p=[0.3, 0.5, 0.08, 0.06, 0.04, 0.015, 0.005]),
            "region": rng.choice(["North", "South", "East", "West"], rows),
            "amount": [f"${value:,.2f}" for value in rng.gamma(2, 700, rows)],
            "discount": [f"{value}%" for value in rng.choice([0, 5, 10, 15, 20], rows)],
            "gift": rng.choice(["yes", "no"], rows, p=[0.1, 0.9]),
            "coupon": np.where(rng.random(rows) < 0.9, None, "SPRING24"),
            "currency": "USD",
        }
    )
    ask = Question
    return Table(
        "orders",
        frame,
        (
            ask("Total amount where region == 'North'", (*words("amount", "region", "North"), Pattern(r"\$\d"))),
            ask("How many orders were lost?", words("status", "lost")),
            ask("How many orders are on hold?", words("status", "on hold")),
            ask("Parse the order date and count orders by month", (*words("order_date"), Pattern(_DAY_FIRST))),
            ask("Convert amount to a number", (*words("amount"), Pattern(r"\$\d+,\d{3}\.\d\d|\$9+,9+"))),
            ask("Mean discount of returned orders", (*words("discount", "status", "returned"), Pattern(r"\d%|9%|%"))),
            ask("Is order_id unique?", (Unique("order_id", rows),)),
            ask("What do order ids look like?", (*words("order_id"), Pattern(r"ORD-\d{5}|AAA-9"))),
            ask("Share of orders that are gifts", words("gift", "yes", "no")),
            ask("How many orders used a coupon?", (Missing("coupon", int(frame["coupon"].isna().sum()), rows),)),
            ask("Which currency are the amounts in?", words("currency", "USD")),
            ask("Range of customer ids", (*words("customer_id"), *map(Number, _ends(frame["customer_id"])))),
        ),
    )


def _ends(column: pd.Series) -> tuple[float, float]:
    return float(column.min()), float(column.max())


def _sensors() -> Table:
    rng = np.random.default_rng(13)
    rows = 2016
    temperature = np.round(rng.normal(21, 3, rows), 2)
    temperature[rng.random(rows) < 0.02] = -999
    frame = pd.DataFrame(
        {
            "timestamp": pd.date_range("2024-03-01", periods=rows, freq="5min"),
            "station": rng.choice(["roof", "cellar", "garden", "attic", "garage"], rows),
            "temp_c": temperature,
            "humidity (%)": np.round(rng.uniform(20, 95, rows), 1),
            "pressure_hpa": np.round(rng.normal(1013, 8, rows), 1),
            "wind_kmh": np.round(rng.exponential(9, rows), 1),
            "rain_mm": np.where(rng.random(rows) < 0.85, 0, np.round(rng.exponential(2, rows), 1)),
            "battery": [f"{value:.2f} V" for value in rng.uniform(2.9, 3.3, rows)],
            "door": rng.choice([0, 1], rows, p=[0.97, 0.03]),
        }
    )
    rain, none = frame["rain_mm"], int((frame["rain_mm"] == 0).sum())
    ask = Question
    return Table(
        "sensors",
        frame,
        (
            ask("Which unit is the temperature in?", (*words("temp_c"), Pattern("°C|celsius|temp_c"))),
            ask("Mean temperature, leaving out invalid readings", (*words("temp_c"), Number(-999))),
            ask("How often are readings taken?", (*words("timestamp"), Pattern(r"0:05:00|5 min|00:05"))),
            ask("Readings between 2 and 3 March 2024", (*words("timestamp"), Pattern("datetime|timestamp_"), _iso())),
            ask("Maximum of humidity", (*words("humidity (%)"), Number(float(frame["humidity (%)"].max())))),
            ask("Which stations are there?", words("roof", "cellar", "garden", "attic", "garage")),
            ask("Rows of the attic where wind is over 20", words("station", "attic", "wind_kmh")),
            ask("Battery as a number of volts", (*words("battery"), Pattern(r"\d\.\d+ V|9 V|unit V|in V"))),
            ask("How many readings have no rain?", (*words("rain_mm"), Pattern(rf"\b{none:,}|{none}\b|\d %? zero"))),
            ask("Most rain in one reading", (*words("rain_mm"), Number(float(rain.max())))),
            ask("How long was the door open?", (*words("door"), Number(0), Number(1))),
        ),
    )


def _iso() -> Pattern:
    return Pattern("2024-03-0")


def _survey() -> Table:
    rng = np.random.default_rng(14)
    rows = 600
    likert = ["Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree"]
    income = pd.Categorical(rng.choice(["Low", "Medium", "High"], rows), ["Low", "Medium", "High"], ordered=True)
    frame = pd.DataFrame(
        {
            "respondent": np.arange(rows) + 1,
            "age_group": rng.choice(["18-24", "25-34", "35-44", "45-54", "55-64", "65+"], rows),
            "income": income,
            **{f"q{number}": rng.choice(likert, rows) for number in range(1, 9)},
            "state": rng.choice(_STATES, rows),
            "employed": rng.choice(["Y", "N", "N/A"], rows, p=[0.6, 0.35, 0.05]),
            "comment": [" ".join(rng.choice(_WORDS, 12)) for _ in range(rows)],
        }
    )
    ask = Question
    return Table(
        "survey",
        frame,
        (
            ask("Share of respondents who strongly agree with q3", words("q3", "Strongly agree")),
            ask("Order the answers from worst to best", words("Strongly disagree", "Disagree", "Neutral", "Agree")),
            ask("Respondents of 65 and above by income", words("age_group", "65+", "income", "Low", "Medium", "High")),
            ask("Is income an ordered category?", words("income", "ordered|category|ENUM")),
            ask("Respondents from Wyoming", words("state", "Wyoming")),
            ask("Mean score of q1 by state 'North Dakota'", words("q1", "state", "North Dakota")),
            ask("How many have no answer on employment?", words("employed", "N/A")),
            ask("Length of comments", words("comment", "str|VARCHAR|object")),
            ask("How many respondents?", (Number(rows),)),
            ask("Which columns are questions?", words("q1", "q2", "q5", "q8")),
        ),
        hard=True,
    )


_STATES_TEXT = (
    "Alabama,Alaska,Arizona,Arkansas,California,Colorado,Connecticut,Delaware,Florida,Georgia,Hawaii,Idaho,"
    "Illinois,Indiana,Iowa,Kansas,Kentucky,Louisiana,Maine,Maryland,Massachusetts,Michigan,Minnesota,"
    "Mississippi,Missouri,Montana,Nebraska,Nevada,Ohio,Oklahoma,Oregon,Pennsylvania,Tennessee,Texas,Utah,"
    "Vermont,Virginia,Washington,Wisconsin,Wyoming,North Dakota,South Dakota,New York,New Mexico,Rhode Island,"
    "West Virginia"
)
_STATES = _STATES_TEXT.split(",")
_WORDS_TEXT = "the,service,was,slow,but,staff,friendly,and,room,clean,price,too,high,would,come,again,never"
_WORDS = _WORDS_TEXT.split(",")


def _wine() -> Table:
    frame = load_wine(as_frame=True).frame
    ask = Question
    return Table(
        "wine",
        frame,
        (
            ask("Correlation of alcohol and color intensity", words("alcohol", "color_intensity", "float64|DOUBLE")),
            ask("Which classes are there?", (*words("target"), Number(0), Number(1), Number(2))),
            ask("OD280/OD315 of the samples of class 2", words("od280/od315_of_diluted_wines", "target", "2")),
            ask("Maximum of proline", (*words("proline"), Number(float(frame["proline"].max())))),
            ask("Minimum of malic acid", (*words("malic_acid"), Number(float(frame["malic_acid"].min())))),
            ask("How many samples?", (Number(len(frame)),)),
            ask("Is there a class with fewest samples?", (*words("target"), Number(48))),
            ask("Standardise all features", words("ash", "alcalinity_of_ash", "magnesium", "flavanoids", "hue")),
        ),
    )


def _countries() -> Table:
    frame = plotly.data.gapminder()
    ask = Question
    return Table(
        "countries",
        frame,
        (
            ask("Life expectancy of Iceland in 1977", words("country", "Iceland", "lifeExp", "year", "1977")),
            ask("Population of Sierra Leone in 2007", words("country", "Sierra Leone", "pop", "year", "2007")),
            ask("Mean gdpPercap by continent", words("gdpPercap", "continent", "Oceania", "Europe", "Asia", "Africa")),
            ask("Countries in the Americas with life expectancy over 75", words("continent", "Americas", "lifeExp")),
            ask("Growth between 1952 and 2007", words("year", "1952", "2007")),
            ask("How many countries?", (*words("country"), Number(142))),
            ask("Rows with iso_alpha 'ZWE'", words("iso_alpha", "ZWE")),
            ask("Highest gdp per capita", (*words("gdpPercap"), Number(float(frame["gdpPercap"].max())))),
            ask("Which years are there?", words("1952", "1957", "1962", "1967", "1987", "2002", "2007")),
        ),
        hard=True,
    )


def _messy() -> Table:
    rng = np.random.default_rng(15)
    rows = 400
    days = [pd.Timestamp("2022-01-01") + pd.Timedelta(days=int(day)) for day in rng.integers(0, 360, rows)]
    frame = pd.DataFrame(
        {
            "ID": [f"AB-{number}" for number in rng.permutation(np.arange(1000, 1000 + rows))],
            "Date": [day.strftime(("%Y-%m-%d", "%d.%m.%Y", "%b %d, %Y")[place % 3]) for place, day in enumerate(days)],
            "Weight": [f"{value:.1f} kg" for value in rng.uniform(50, 110, rows)],
            "Growth": [f"{value:.1f}%" for value in rng.normal(3, 4, rows)],
            "Score": np.where(rng.random(rows) < 0.05, "?", rng.integers(0, 100, rows).astype(str)),
            "zip": rng.integers(10_000, 99_999, rows),
            "Active": rng.choice(["TRUE", "FALSE"], rows),
            "Grade": rng.choice(["A", "B", "C", "D", "F", "n/a"], rows, p=[0.3, 0.3, 0.2, 0.1, 0.05, 0.05]),
            "visits": np.where(rng.random(rows) < 0.1, np.nan, rng.integers(0, 30, rows)),
            "version": 3,
            "Phone": [f"({a}) 555-{b:04d}" for a, b in rng.integers(200, 999, (rows, 2)).tolist()],
        }
    )
    frame["Weight copy"] = frame["Weight"]
    ask = Question
    return Table(
        "messy",
        frame,
        (
            ask("Parse the dates", (*words("Date"), Pattern(r"\d{4}-\d\d-\d\d"), Pattern(r"\d\d\.\d\d\.\d{4}|DD\.MM"))),
            ask(
                "Are the date formats mixed?",
                (*words("Date"), Pattern(r"[A-Z][a-z]{2} \d+, \d{4}|Mon DD|MMM"), Pattern(r"\.\d{4}|DD\.MM")),
            ),
            ask("Weight as a number", (*words("Weight"), Pattern(r"\d kg|unit kg|in kg"))),
            ask("Mean growth", (*words("Growth"), Pattern(r"\d%|9%"))),
            ask("How are missing scores marked?", (*words("Score"), Pattern(r"\"?\?\"?"))),
            ask("How many grades are not available?", words("Grade", "n/a")),
            ask("Students with grade F", words("Grade", "F")),
            ask("Rows that are active", words("Active", "TRUE")),
            ask("Is ID unique?", (Unique("ID", rows),)),
            ask("What do ids look like?", (*words("ID"), Pattern(r"AB-\d{4}|AA-9999"))),
            ask(
                "Drop columns that never change", (*words("version"), Pattern(r"always|constant|\b1 distinct|,3,3,1,"))
            ),
            ask("How many visits are missing?", (Missing("visits", int(frame["visits"].isna().sum()), rows),)),
        ),
    )


def _tips() -> Table:
    frame = plotly.data.tips()
    ask = Question
    return Table(
        "tips",
        frame,
        (
            ask("Mean tip of smokers on Sunday", words("tip", "smoker", "Yes", "day", "Sun")),
            ask("Tip rate at dinner for parties of 6", words("tip", "total_bill", "time", "Dinner", "size", "6")),
            ask("Which days are covered?", words("Thur", "Fri", "Sat", "Sun")),
            ask("Largest bill", (*words("total_bill"), Number(50.81))),
            ask("Lunch on Friday, by sex", words("Lunch", "Fri", "sex", "Male", "Female")),
            ask("Median tip", words("tip", "float64|DOUBLE")),
            ask("Are any values missing?", (Number(244),)),
        ),
    )
