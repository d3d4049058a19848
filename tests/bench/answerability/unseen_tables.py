"""The tables kept aside: only scored when work on the digest was done, never to choose what it says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.data
from sklearn.datasets import load_breast_cancer

from .atoms import Missing, Number, Pattern, Question, Table, Unique, words

__all__ = ["unseen_tables"]

_CITIES_TEXT = (
    "Springfield,Fresno,Mesa,Omaha,Tulsa,Tampa,Boise,Reno,Laredo,Irvine,Toledo,Durham,Plano,Akron,Mobile,Salem,"
    "Eugene,Provo,Macon,Waco,El Paso,San Jose,Fort Worth,Long Beach,St. Paul,Baton Rouge,Little Rock,"
    "Sioux Falls,Des Moines"
)
_CITIES = _CITIES_TEXT.split(",")
_COUNTIES_TEXT = (
    "Alameda,Alpine,Amador,Butte,Calaveras,Colusa,Contra Costa,Del Norte,El Dorado,Fresno,Glenn,Humboldt,"
    "Imperial,Inyo,Kern,Kings,Lake,Lassen,Los Angeles,Madera,Marin,Mariposa,Mendocino,Merced,Modoc,Mono,"
    "Monterey,Napa,Nevada,Orange,Placer,Plumas,Riverside,Sacramento,San Benito,San Bernardino,San Diego,"
    "San Francisco,San Joaquin,Santa Clara,Santa Cruz,Shasta,Sierra,Siskiyou,Solano,Sonoma,Stanislaus,Sutter,"
    "Tehama,Trinity,Tulare,Tuolumne,Ventura,Yolo,Yuba"
)
_COUNTIES = _COUNTIES_TEXT.split(",")

_ADJECTIVES_TEXT = "great,poor,battery,screen,light,heavy,fast,slow,works,broke,never,again,box,gift,cheap"
_ADJECTIVES = _ADJECTIVES_TEXT.split(",")


def unseen_tables() -> list[Table]:
    """All of them."""
    return [_customers(), _trial(), _wide(), _flights(), _districts(), _tumours(), _schools(), _reviews()]


def _customers() -> Table:
    rng = np.random.default_rng(21)
    rows = 750
    income = [f"€{value:,.0f}" for value in rng.normal(42_000, 9000, rows)]
    frame = pd.DataFrame(
        {
            "cust_no": [f"C{number:06d}" for number in rng.permutation(np.arange(rows))],
            "first_name": rng.choice(["Ana", "Ben", "Chloe", "Dai", "Eve", "Finn"], rows),
            "city": rng.choice(_CITIES, rows),
            "postcode": rng.integers(1000, 99_000, rows),
            "segment": rng.choice(["Consumer", "Corporate", "Home Office"], rows, p=[0.5, 0.3, 0.2]),
            "annual_income": income,
            "signup": pd.Series([f"{month:02d}/{day:02d}/{year}" for month, day, year in _dates(rng, rows)]),
            "newsletter": rng.choice(["t", "f"], rows),
            "satisfaction": rng.choice(["low", "medium", "high"], rows),
            "last_contact_days": np.where(rng.random(rows) < 0.3, 9999, rng.integers(0, 365, rows)),
            "churned": rng.choice([0, 1], rows, p=[0.8, 0.2]),
        }
    )
    ask = Question
    return Table(
        "customers",
        frame,
        (
            ask("Average income of customers in Baton Rouge", words("annual_income", "city", "Baton Rouge")),
            ask("Churn rate in the Home Office segment", words("churned", "segment", "Home Office")),
            ask("How is the signup date written?", (*words("signup"), Pattern(r"MM/DD/YYYY|\d\d/(1[3-9]|2\d)/\d{4}"))),
            ask("Convert annual_income to numbers", (*words("annual_income"), Pattern(r"€\d+,\d{3}|€9"))),
            ask("Is cust_no a key?", (Unique("cust_no", rows),)),
            ask("Customers never contacted have a special value", (*words("last_contact_days"), Number(9999))),
            ask("Rows where newsletter is true", words("newsletter", "t", "f")),
            ask("Order customers by satisfaction", words("satisfaction", "low", "medium", "high")),
            ask("Customers named Chloe from Reno", words("first_name", "Chloe", "city", "Reno")),
            ask("How many customers live in 'Des Moines'?", words("city", "Des Moines")),
            ask("How many different cities?", (*words("city"), Number(len(_CITIES)))),
        ),
    )


def _dates(rng: np.random.Generator, rows: int) -> list[tuple[int, int, int]]:
    months, days, years = rng.integers(1, 13, rows), rng.integers(1, 29, rows), rng.integers(2015, 2024, rows)
    return list(zip(months.tolist(), days.tolist(), years.tolist(), strict=True))


def _trial() -> Table:
    rng = np.random.default_rng(22)
    rows = 320
    marker = np.round(rng.lognormal(2, 0.8, rows), 2)
    marker[rng.random(rows) < 0.12] = np.nan
    visit = np.tile(["baseline", "week 4", "week 12", "week 24"], rows // 4)
    frame = pd.DataFrame(
        {
            "subject_id": np.repeat(np.arange(101, 101 + rows // 4), 4),
            "visit": visit,
            "arm": np.repeat(rng.choice(["placebo", "10 mg", "20 mg"], rows // 4), 4),
            "sex": np.repeat(rng.choice(["M", "F"], rows // 4), 4),
            "age_years": np.repeat(rng.integers(18, 85, rows // 4), 4),
            "weight (kg)": np.round(rng.normal(78, 12, rows), 1),
            "sbp_mmhg": rng.integers(95, 190, rows),
            "crp_mg_l": marker,
            "adverse_event": rng.choice(
                ["none", "headache", "nausea", "rash", "dizziness"], rows, p=[0.8, 0.08, 0.06, 0.04, 0.02]
            ),
            "smoker": rng.choice(["never", "former", "current", "unknown"], rows),
            "dose_date": pd.to_datetime("2021-05-03") + pd.to_timedelta(rng.integers(0, 200, rows), unit="D"),
        }
    )
    ask = Question
    lost = int(frame["crp_mg_l"].isna().sum())
    return Table(
        "trial",
        frame,
        (
            ask("Mean CRP at week 24 in the 20 mg arm", words("crp_mg_l", "visit", "week 24", "arm", "20 mg")),
            ask("Subjects with dizziness", words("adverse_event", "dizziness")),
            ask("Missing CRP values", (Missing("crp_mg_l", lost, rows),)),
            ask("Unit of weight", (*words("weight (kg)"), Pattern("kg"))),
            ask("Oldest subject", (*words("age_years"), Number(float(frame["age_years"].max())))),
            ask("How many subjects are there?", (*words("subject_id"), Number(rows // 4))),
            ask(
                "Pivot to one row per subject and visit", words("subject_id", "visit", "baseline", "week 4", "week 12")
            ),
            ask("Current smokers on placebo", words("smoker", "current", "arm", "placebo")),
            ask("Blood pressure range", (*words("sbp_mmhg"), Number(float(frame["sbp_mmhg"].min())))),
            ask("First dose", (*words("dose_date"), Pattern(str(frame["dose_date"].min().date())))),
            ask(
                "Is the marker skewed?", (*words("crp_mg_l", "float64|DOUBLE"), Number(float(frame["crp_mg_l"].max())))
            ),
        ),
    )


def _wide() -> Table:
    rng = np.random.default_rng(23)
    rows = 500
    months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    data: dict[str, object] = {
        "store": [f"S-{number:03d}" for number in range(rows)],
        "country": rng.choice(["Germany", "France", "Spain", "Poland", "Norway", "Austria", "Belgium"], rows),
        "format": rng.choice(["hyper", "super", "express", "online"], rows, p=[0.3, 0.5, 0.19, 0.01]),
        "opened": pd.date_range("2001-01-01", periods=rows, freq="7D"),
    }
    for what in ("sales", "returns", "staff"):
        for month in months:
            data[f"{what}_{month}"] = np.round(rng.gamma(3, 900 if what == "sales" else 20, rows), 1)
    for number in range(1, 13):
        data[f"promo_{number}"] = rng.integers(0, 2, rows)
    for name in ("floor_area_m2", "parking_spots", "manager", "has_bakery", "rent_eur", "latitude", "longitude", "nps"):
        data[name] = {
            "manager": rng.choice(["Kim", "Lee", "Ortiz", "Weber", "Dubois", "Nowak"], rows),
            "has_bakery": rng.choice(["yes", "no"], rows),
            "parking_spots": rng.integers(0, 400, rows),
        }.get(name, np.round(rng.uniform(-90, 2000, rows), 2))
    frame = pd.DataFrame(data)
    ask = Question
    return Table(
        "stores, 60 columns",
        frame,
        (
            ask("Total sales in March by country", words("sales_mar", "country", "Norway", "Poland")),
            ask("Returns in december of online stores", words("returns_dec", "format", "online")),
            ask("Does staff in jul correlate with sales in jul?", words("staff_jul", "sales_jul")),
            ask("Stores with a bakery and floor area over 1000", words("has_bakery", "yes", "floor_area_m2")),
            ask("Which manager has the best nps?", words("manager", "nps")),
            ask("Stores managed by Ortiz", words("manager", "Ortiz")),
            ask("When did the first store open?", (*words("opened"), Pattern("2001-01-01"))),
            ask("Is store a key?", (Unique("store", rows),)),
            ask("Effect of promo 7", words("promo_7")),
            ask("Most parking spots", (*words("parking_spots"), Number(float(frame["parking_spots"].max())))),
            ask("Express stores in Austria by rent", words("format", "express", "country", "Austria", "rent_eur")),
        ),
        hard=True,
    )


def _flights() -> Table:
    rng = np.random.default_rng(24)
    rows = 30_000
    carriers = ["AA", "DL", "UA", "WN", "B6", "AS", "NK", "F9", "HA", "G4"]
    share = [0.2, 0.2, 0.18, 0.2, 0.08, 0.06, 0.04, 0.025, 0.01, 0.005]
    airports = [f"{a}{b}{c}" for a in "ABCDFJ" for b in "LTFX" for c in "AKLR"]
    delay = np.round(rng.exponential(14, rows) - 6, 0)
    delay[rng.random(rows) < 0.015] = np.nan
    frame = pd.DataFrame(
        {
            "FL_DATE": pd.to_datetime("2019-01-01") + pd.to_timedelta(np.sort(rng.integers(0, 31, rows)), unit="D"),
            "CARRIER": rng.choice(carriers, rows, p=share),
            "FL_NUM": rng.integers(1, 7000, rows),
            "ORIGIN": rng.choice(airports, rows),
            "DEST": rng.choice(airports, rows),
            "DEP_DELAY": delay,
            "CANCELLED": (np.isnan(delay)).astype(int),
            "CANCELLATION_CODE": np.where(
                np.isnan(delay), rng.choice(["A", "B", "C", "D"], rows, p=[0.3, 0.5, 0.19, 0.01]), None
            ),
            "DISTANCE_MI": rng.integers(67, 4983, rows),
            "DEP_TIME": [
                f"{hour:02d}:{minute:02d}"
                for hour, minute in zip(
                    rng.integers(5, 23, rows).tolist(), rng.integers(0, 60, rows).tolist(), strict=True
                )
            ],
        }
    )
    ask = Question
    lost = int(frame["DEP_DELAY"].isna().sum())
    return Table(
        "flights",
        frame,
        (
            ask("Average departure delay of HA flights", words("DEP_DELAY", "CARRIER", "HA")),
            ask("Flights of carrier 'G4'", words("CARRIER", "G4")),
            ask("Flights from JFK to ATL", words("ORIGIN", "JFK", "DEST", "ATL")),
            ask("Cancelled for reason D", words("CANCELLATION_CODE", "D")),
            ask("How many departure delays are missing?", (Missing("DEP_DELAY", lost, rows),)),
            ask("Longest distance in miles", (*words("DISTANCE_MI"), Number(float(frame["DISTANCE_MI"].max())))),
            ask("Flights per day in January 2019", (*words("FL_DATE"), Pattern("2019-01-31"))),
            ask("Parse departure time to hours", (*words("DEP_TIME"), Pattern(r"\d\d:\d\d(?!:)|99:99|HH:MM"))),
            ask("Cancellation rate", (*words("CANCELLED"), Number(0), Number(1))),
            ask("How many flights are there?", (Number(rows),)),
            ask("How many airports are served?", (*words("DEST"), Number(len(airports)))),
        ),
        hard=True,
    )


def _districts() -> Table:
    frame = plotly.data.election()
    ask = Question
    return Table(
        "districts",
        frame,
        (
            ask("Votes for Joly in 102-Robert-Bourassa?", words("Joly", "district")),
            ask("Districts won by Bergeron with a plurality", words("winner", "Bergeron", "result", "plurality")),
            ask("Total votes in 'Saint-Henri-Petite-Bourgogne-Pointe-Saint-Charles'|", words("total", "district")),
            ask("Most votes in a district", (*words("total"), Number(float(frame["total"].max())))),
            ask("Is district_id unique?", (Unique("district_id", len(frame)),)),
            ask("Share of Coderre where result is majority", words("Coderre", "result", "majority")),
            ask("How many districts?", (Number(58),)),
        ),
    )


def _tumours() -> Table:
    frame = load_breast_cancer(as_frame=True).frame
    ask = Question
    return Table(
        "tumours, 31 columns",
        frame,
        (
            ask("Correlation of mean radius and worst area", words("mean radius", "worst area")),
            ask("Largest mean texture", (*words("mean texture"), Number(float(frame["mean texture"].max())))),
            ask("Malignant (0) against benign (1)", (*words("target"), Number(212), Number(357))),
            ask("Skewness of fractal dimension error", words("fractal dimension error", "float64|DOUBLE")),
            ask("Range of worst concave points", (*words("worst concave points"), Number(0.291))),
            ask("How many samples?", (Number(569),)),
            ask("Mean of mean smoothness per target", words("mean smoothness", "target")),
            ask("Standardise symmetry error", words("symmetry error")),
        ),
        hard=True,
    )


def _schools() -> Table:
    rng = np.random.default_rng(25)
    rows = 4000
    charter = rng.choice(["Y", "N"], rows, p=[0.15, 0.85]).astype(object)
    charter[rng.random(rows) < 0.05] = None
    kinds = ["Directly funded", "Locally funded", "Not in CS funding model"]
    frame = pd.DataFrame(
        {
            "CDSCode": [f"{number:014d}" for number in rng.permutation(np.arange(1_100_170_000, 1_100_170_000 + rows))],
            "County": rng.choice(_COUNTIES, rows),
            "School Name": [
                f"{rng.choice(_CITIES)} {kind} {number}"
                for number, kind in enumerate(rng.choice(["High", "Elementary"], rows))
            ],
            "StatusType": rng.choice(["Active", "Closed", "Merged", "Pending"], rows, p=[0.8, 0.15, 0.045, 0.005]),
            "FundingType": np.where(charter == "Y", rng.choice(kinds, rows), None),
            "Charter": charter,
            "Enrollment (K-12)": np.round(rng.gamma(3, 220, rows)),
            "FRPM %": np.round(rng.uniform(0, 1, rows), 4),
            "OpenDate": [f"{year}-{month:02d}-{day:02d}" for month, day, year in _dates(rng, rows)],
            "GSoffered": rng.choice(["K-5", "6-8", "9-12", "K-12", "K-8", "P-5", "7-12"], rows),
            "Website": [f"www.school{number}.k12.ca.us" if number % 3 else None for number in range(rows)],
        }
    )
    ask = Question
    return Table(
        "schools",
        frame,
        (
            ask("Highest eligible rate for K-12 in schools of Alameda County", words("FRPM %", "County", "Alameda")),
            ask("Charter schools in Contra Costa", words("Charter", "Y", "County", "Contra Costa")),
            ask("Locally funded charter schools", words("FundingType", "Locally funded", "Charter")),
            ask("How many schools are merged?", words("StatusType", "Merged")),
            ask("Schools opened after 2020", (*words("OpenDate"), Pattern(r"\d{4}-\d\d-\d\d"))),
            ask("Schools that offer 9-12", words("GSoffered", "9-12")),
            ask("Schools without a website", (Missing("Website", int(frame["Website"].isna().sum()), rows),)),
            ask("Enrollment in Yuba", words("Enrollment (K-12)", "County", "Yuba")),
            ask("Is FRPM % a share or a percentage?", (*words("FRPM %"), Number(float(frame["FRPM %"].max())))),
            ask("Join on CDSCode", (*words("CDSCode"), Unique("CDSCode", rows))),
            ask("Pending schools of Los Angeles", words("StatusType", "Pending", "County", "Los Angeles")),
        ),
        hard=True,
    )


def _reviews() -> Table:
    rng = np.random.default_rng(26)
    rows = 2000
    languages = ["en", "de", "fr", "es", "it", "nl", "pt", "sv", "ja", "ko"]
    frame = pd.DataFrame(
        {
            "review_id": rng.permutation(np.arange(500_000, 500_000 + rows)),
            "stars": rng.choice([1, 2, 3, 4, 5], rows, p=[0.1, 0.05, 0.1, 0.25, 0.5]),
            "title": [" ".join(rng.choice(_ADJECTIVES, 3)) for _ in range(rows)],
            "body": [" ".join(rng.choice(_ADJECTIVES, 30)) for _ in range(rows)],
            "verified": rng.choice([True, False], rows),
            "posted": [
                f"{day} {month} {year}"
                for day, month, year in zip(
                    rng.integers(1, 29, rows),
                    rng.choice(["Jan", "Mar", "Sep"], rows),
                    rng.integers(2018, 2024, rows),
                    strict=True,
                )
            ],
            "lang": rng.choice(languages, rows, p=[0.6, *[0.05] * 7, 0.03, 0.02]),
            "helpful": [
                f"{a} of {b}" for a, b in zip(rng.integers(0, 9, rows), rng.integers(9, 40, rows), strict=True)
            ],
            "price": [f"{value:.2f} EUR" for value in rng.uniform(5, 90, rows)],
            "length": [f"{value} min" for value in rng.integers(60, 200, rows)],
            "rating_source": "import",
        }
    )
    ask = Question
    return Table(
        "reviews",
        frame,
        (
            ask("Share of 5-star reviews that are verified", words("stars", "5", "verified", "bool|BOOLEAN")),
            ask("Mean stars of reviews in Japanese (ja)", words("stars", "lang", "ja")),
            ask("Reviews in Korean", words("lang", "ko")),
            ask("Convert price to a float", (*words("price"), Pattern(r"\d\.\d\d EUR|9 EUR"))),
            ask("Mean length in minutes", (*words("length"), Pattern(r"\d min|9 min"))),
            ask("Parse when it was posted", (*words("posted"), Pattern(r"\d (Jan|Mar|Sep) 20\d\d|D MMM YYYY|DD Mon"))),
            ask("Ratio of helpful votes", (*words("helpful"), Pattern(r"\d of \d|9 of 9"))),
            ask("Is review_id unique?", (Unique("review_id", rows),)),
            ask("Reviews whose body contains 'battery'", words("body", "str|VARCHAR|object")),
            ask("Drop the constant column", (*words("rating_source"), Pattern("import"))),
            ask("Longest review_id", (*words("review_id"), Number(501_999))),
        ),
        hard=True,
    )
