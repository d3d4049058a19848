"""Estimators of scikit-learn and of libraries that follow it: parameters that were set, and what fitting left behind.

Only classes of these libraries themselves count, and only what an estimator holds is read. ``fitted`` is scikit-learn's
own rule: an attribute that ends in an underscore.
"""

from __future__ import annotations

import math
from types import FunctionType
from typing import Any

from ..attributes import instance_dict
from ..containers import literal, told
from ..identity import attribute_of_class, class_name, is_a, library_of, loaded, mro, type_name
from ..numbers import number
from ..scalars import scalar
from ..sizes import is_plain_index, shape_of
from ..terms import Terms

__all__ = ["estimator_lines"]

_LIBRARIES = frozenset({"sklearn", "xgboost", "lightgbm", "statsmodels"})
_DEPTH = 4
_NAMES = 12
_LARGEST = 8  # coefficients, importances
_TREES = 300
_TOLD_APART = frozenset(
    {"n_features_in_", "feature_names_in_", "classes_", "coef_", "intercept_", "n_iter_", "feature_importances_"}
    | {"best_params_", "best_score_", "best_estimator_", "steps", "transformers_", "estimators_", "estimator_"}
    | {"named_estimators_", "cv_results_", "scorer_", "refit_time_", "multimetric_", "best_index_", "n_splits_"}
)
_PLAIN_FITTED = 8


def estimator_lines(value: Any, terms: Terms) -> list[str] | None:
    """The description of an estimator, or of fitted results of statsmodels."""
    if library_of(value) == "statsmodels":
        return _results(value, terms)
    return _estimator(value, terms, _DEPTH) if _is_estimator(value) else None


def _is_estimator(value: Any) -> bool:
    base = loaded("sklearn.base.BaseEstimator")
    return library_of(value) in _LIBRARIES and any(one is base for one in mro(type(value)))


def _estimator(value: Any, terms: Terms, depth: int) -> list[str]:
    own = instance_dict(value)
    name = class_name(type(value))
    library, _, short = name.rpartition(".")
    fitted = "fitted" if _fitted(own) else "not fitted"
    lines = [f"{library.partition('.')[0]} {short}({_parameters(value, own, terms)}), {fitted}"]
    lines += _learnt(own, terms)
    if depth:
        lines += _inner(own, terms, depth - 1)
    return lines


def _fitted(own: dict[str, Any], depth: int = _DEPTH) -> bool:
    if type(own.get("steps")) is list and depth:  # a pipeline keeps nothing itself
        steps = [step[1] for step in own["steps"] if type(step) is tuple and len(step) == 2]
        return any(_fitted(instance_dict(step), depth - 1) for step in steps if _is_estimator(step))
    if own.get("_Booster") is not None:  # XGBoost's and LightGBM's
        return True
    return any(type(key) is str and key.endswith("_") and not key.startswith("_") for key in own)


def _parameters(value: Any, own: dict[str, Any], terms: Terms) -> str:
    """The parameters that differ from their defaults; under ``schema`` only their names."""
    said = []
    for name, default in _defaults(type(value)).items():
        held = own.get(name, default)
        if held is default or _same(held, default) or name in ("steps", "transformers"):
            continue
        if _is_estimator(held):
            said.append(f"{name}={type_name(held).rpartition('.')[2]}")
        else:
            said.append(name if terms.detail == "schema" else terms.screened(f"{name}={told(held, terms, 80)}"))
    return ", ".join(said)


def _defaults(cls: type) -> dict[str, Any]:
    """Names and defaults of what the class is made from, along the bases that pass the rest on."""
    init = attribute_of_class(cls, "__init__")
    while type(init) is FunctionType and type(init.__dict__.get("__wrapped__")) is FunctionType:
        init = init.__dict__["__wrapped__"]
    if type(init) is not FunctionType:
        return {}
    code, given = init.__code__, init.__defaults__ or ()
    names = code.co_varnames[1 : code.co_argcount]
    found: dict[str, Any] = dict.fromkeys(names, _defaults)  # which no parameter is
    found |= dict(zip(names[len(names) - len(given) :], given, strict=True)) if given else {}
    keyword = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    return found | {name: (init.__kwdefaults__ or {}).get(name, _defaults) for name in keyword}


def _same(one: Any, other: Any) -> bool:
    """Whether two plain values are equal; foreign ones are not compared."""
    if type(one) is not type(other):
        return False
    if type(one) is float:
        return one == other or (math.isnan(one) and math.isnan(other))
    return type(one) in (str, int, bool, bytes, complex) and bool(one == other)


def _learnt(own: dict[str, Any], terms: Terms) -> list[str]:
    """What fitting left: features, classes, coefficients, importances, iterations, and other plain figures."""
    lines = []
    names = _texts(own.get("feature_names_in_"))
    count = own.get("n_features_in_", own.get("_n_features"))
    if type(count) is int and count >= 0:  # LightGBM begins with -1
        lines.append(f"- n_features_in_: {count:,}")
    if names:
        more = f", {len(names) - _NAMES:,} more" if len(names) > _NAMES else ""
        lines.append(f"- feature_names_in_: {', '.join(terms.plain(name, 60) for name in names[:_NAMES])}{more}")
    if terms.detail == "schema":
        return lines
    if "classes_" in own:
        lines.append(f"- classes_: {_values(own['classes_'], terms)}")
    lines += [
        f"- {name}: {_weights(own[name], names, own.get('classes_'), terms)}"
        for name in ("coef_", "feature_importances_")
        if name in own
    ]
    importances = _of_trees(own)
    if importances is not None:
        lines.append(f"- feature importances: {_weights(importances, names, None, terms)}")
    lines += [f"- {name}: {_values(own[name], terms)}" for name in ("intercept_", "n_iter_") if name in own]
    if type(own.get("best_params_")) is dict:
        lines.append(f"- best_params_: {literal(own['best_params_'], terms, 200)}")
    score = scalar(own.get("best_score_", _defaults), terms)
    if score is not None:
        lines.append(f"- best_score_: {score}")
    return [terms.screened(line) for line in lines] + _others(own, terms)


def _others(own: dict[str, Any], terms: Terms) -> list[str]:
    """Further fitted attributes: figures as they are, arrays by their shape."""
    lines = []
    for name, held in list(own.items()):
        if type(name) is not str or not name.endswith("_") or name.startswith("_") or name in _TOLD_APART:
            continue
        text, size = scalar(held, terms, 40), shape_of(held)
        if text is not None:
            lines.append(f"- {name}: {text}")
        elif size:
            small = is_a(held, "numpy.ndarray") and held.size <= _LARGEST
            lines.append(f"- {name}: {_values(held, terms) if small else size}")
    return lines[:_PLAIN_FITTED]


def _values(held: Any, terms: Terms) -> str:
    """An array of a few values as a list, of more in its first and its shape."""
    if is_a(held, "numpy.ndarray"):
        few: list[Any] = held.ravel()[:_NAMES].tolist()
        more = f", … {held.size - len(few):,} more" if held.size > len(few) else ""
        return ", ".join(literal(item, terms, 40) for item in few) + more
    return told(held, terms)


def _texts(held: Any) -> list[str]:
    if not is_a(held, "numpy.ndarray") or held.ndim != 1:
        return []
    names = held.tolist()
    return names if all(type(name) is str for name in names) else []


def _weights(held: Any, names: list[str], classes: Any, terms: Terms) -> str:
    """Coefficients by feature, those that are largest in size first; of several classes, each class' own."""
    if not is_a(held, "numpy.ndarray") or held.dtype.kind not in "biuf" or not held.size:
        return told(held, terms)
    if held.ndim == 1 or (held.ndim == 2 and held.shape[0] == 1):
        return _largest(held.ravel(), names, terms)
    if held.ndim != 2:
        return shape_of(held)
    labels = classes.tolist() if is_a(classes, "numpy.ndarray") and len(classes) == len(held) else range(len(held))
    rows = [
        f"{literal(label, terms, 30)}: {_largest(row, names, terms)}"
        for label, row in zip(labels, held[:4], strict=False)
    ]
    return f"{shape_of(held)}; " + "; ".join(rows) + ("; …" if len(held) > len(rows) else "")


def _largest(row: Any, names: list[str], terms: Terms) -> str:
    values = row.tolist() if row.size <= 100_000 else row[:100_000].tolist()
    order = sorted(range(len(values)), key=lambda place: -abs(values[place]) if values[place] == values[place] else 0.0)
    parts = []
    for place in order[:_LARGEST]:
        name = terms.plain(names[place], 60) if place < len(names) else f"[{place}]"
        parts.append(f"{name} {number(float(values[place]))}")
    zeros = sum(value == 0 for value in values)
    more = f", {len(values) - _LARGEST:,} smaller" if len(values) > _LARGEST else ""
    return ", ".join(parts) + more + (f" ({zeros:,} are 0)" if zeros else "")


def _of_trees(own: dict[str, Any]) -> Any:
    """The mean importances of a forest's or of one tree's features, which scikit-learn works out when it is asked."""
    trees = [own.get("tree_")]
    held: Any = own.get("estimators_")
    if is_a(held, "numpy.ndarray"):  # boosting has a column of trees for each class
        held = held.ravel().tolist()
    if type(held) is list and held and all(library_of(tree) == "sklearn" for tree in held):
        trees = [instance_dict(tree).get("tree_") for tree in held]
    if len(trees) > _TREES or not all(is_a(tree, "sklearn.tree._tree.Tree") for tree in trees):
        return None
    parts = [tree.compute_feature_importances() for tree in trees if tree.node_count > 1]  # type: ignore[union-attr]
    return sum(parts) / len(parts) if parts else None


def _inner(own: dict[str, Any], terms: Terms, depth: int) -> list[str]:
    """The estimators within: a pipeline's steps, a transformer's parts, a search's best."""
    lines = []
    for name, step, columns in _parts(own):
        if name:
            said = f"- step {terms.quoted(name, 40)}"
            said += f" on {_columns(columns, terms)}" if columns is not None else ""
        else:
            said = "- best estimator"
        if type(step) is str:
            lines.append(f"{said}: {terms.plain(step, 20)}")
        elif _is_estimator(step):
            head, *rest = _estimator(step, terms, depth)
            lines += [f"{said}: {head}", *(f"  {line}" for line in rest)]
        else:
            lines.append(f"{said}: {type_name(step)}")
    return lines


def _parts(own: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    steps = own.get("steps")
    if type(steps) is not list:
        steps = own.get("transformers_", own.get("transformers", own.get("estimators")))
    found = []
    if type(steps) is list:
        found = [
            (step[0], step[1], step[2] if len(step) > 2 else None)
            for step in steps
            if type(step) is tuple and 2 <= len(step) <= 3 and type(step[0]) is str
        ]
    best = own.get("best_estimator_")
    return [*found, ("", best, None)] if _is_estimator(best) else found


def _columns(columns: Any, terms: Terms) -> str:
    if type(columns) is list and all(type(name) is str for name in columns):
        more = f" and {len(columns) - _NAMES} more" if len(columns) > _NAMES else ""
        return ", ".join(terms.plain(name, 40) for name in columns[:_NAMES]) + more
    return told(columns, terms, 60)


def _results(value: Any, terms: Terms) -> list[str] | None:
    """Fitted results of statsmodels: the model's kind, and the parameters by name."""
    own = instance_dict(value)
    inner = own.get("_results", value)
    held = instance_dict(inner)
    params, model = held.get("params"), held.get("model")
    if params is None or model is None:
        return None
    lines = [f"{type_name(value)} of {type_name(model)}"]
    rows = held.get("nobs")
    if terms.detail != "schema" and scalar(rows, terms) is not None and rows is not None:
        lines.append(f"- observations: {scalar(rows, terms)}")
    if terms.detail != "schema" and is_a(params, "numpy.ndarray"):
        table: Any = instance_dict(instance_dict(model).get("data")).get("orig_exog")
        labels = table.columns.tolist() if is_a(table, "pandas.DataFrame") and is_plain_index(table.columns) else []
        names = labels if len(labels) == params.size and all(type(name) is str for name in labels) else []
        lines.append(f"- params: {_largest(params.ravel(), names, terms)}")
    return lines
