"""Hugging Face's datasets: features, rows and labels, and no row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import datasets

from tests.libraries.watched import CANARY, told

datasets.disable_progress_bars()


def reviews() -> datasets.Dataset:
    features = datasets.Features(
        {
            "text": datasets.Value("string"),
            "label": datasets.ClassLabel(names=["negative", "positive"]),
            "scores": datasets.List(datasets.Value("float64")),
        }
    )
    rows = {"text": ["a", CANARY], "label": [0, 1], "scores": [[1.0], []]}
    return datasets.Dataset.from_dict(rows, features=features)


def test_features_rows_and_labels_are_told() -> None:
    assert told(reviews()) == [
        "datasets.Dataset, 2 rows × 3 columns, rows not read",
        "- text (string)",
        '- label (ClassLabel): labels 0 = "negative"; 1 = "positive"',
        "- scores (list of float64)",
    ]


def test_labels_are_values() -> None:
    assert told(reviews(), detail="schema")[2] == "- label (ClassLabel)"


def test_splits_are_told() -> None:
    made = datasets.DatasetDict(train=reviews(), test=reviews())
    assert told(made) == [
        "datasets.DatasetDict",
        '- split "train": 2 rows × 3 columns',
        '- split "test": 2 rows × 3 columns',
    ]


def test_a_stream_is_not_consumed() -> None:
    taken: list[int] = []

    def rows() -> Iterator[dict[str, Any]]:
        for number in range(3):
            taken.append(number)
            yield {"number": number}

    stream = datasets.IterableDataset.from_generator(rows)
    assert told(stream)[0].startswith("datasets.IterableDataset, ")
    assert taken == []
    assert len(list(stream)) == 3, "the watch sees a reader"
